/** The table with basic sign-in, beside what a stock server answered. */
import { randomBytes, randomUUID, scryptSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import type pg from "pg";
import { describe, expect, it } from "vitest";
import type { App } from "../support/app.ts";
import { explained } from "./explained.ts";
import { type Difference, differences } from "./judge.ts";
import { basicSignIns } from "./scenario/basic.ts";
import { kindOf, users } from "./scenario/callers.ts";
import { nameOf } from "./scenario/example.ts";
import { type Default, type Recording, recordingFile, whole } from "./scenario/recording.ts";
import type { SignIns } from "./scenario/world.ts";
import { servedExamples } from "./served.ts";
import { describeTable, type Table } from "./table.ts";

const admin = { name: "admin", password: randomBytes(16).toString("hex") };

/** As werkzeug writes it. */
function hashOf(text: string): string {
  const salt = randomUUID().slice(0, 16);
  const hash = scryptSync(text, salt, 64, { N: 32768, r: 8, p: 1, maxmem: 2 ** 26 }).toString("hex");
  return `scrypt:32768:8:1$${salt}$${hash}`;
}

/** Users and grants are made in the tables that a stock server has for them. */
function signInsOf(app: App): SignIns {
  const signIns = basicSignIns(admin, randomUUID().slice(0, 8));
  const hash = hashOf(signIns.password);
  let wrong = 0;
  return {
    ...signIns,
    headers(caller) {
      // A wrong password costs a hash: after some of them, what is sent can't be read.
      if (kindOf(caller).signIn !== "wrong" || wrong++ < 20) return signIns.headers(caller);
      return { authorization: "Basic *" };
    },
    async addUsers() {
      // Makes what sign-in needs, the admin first of all.
      await app.request("GET", "/version", { headers: signIns.headers("admin") });
      for (const caller of users) await addUser(app.db, signIns.nameOf(caller), hash);
    },
    async aUser(world) {
      const name = world.unique("user");
      await addUser(app.db, name, hash);
      return name;
    },
    async grant(_world, caller, grants) {
      for (const { type, id, permission } of grants)
        await app.db.query(
          `INSERT INTO role_permissions (role_id, resource_type, resource_pattern, permission)
           SELECT r.id, $2, $3, $4 FROM roles r JOIN users u ON r.name = '__user_' || u.id || '__' WHERE u.username = $1`,
          [signIns.nameOf(caller), type, id, permission],
        );
    },
  };
}

const addUser = (db: pg.Pool, name: string, hash: string) =>
  db.query(
    `WITH u AS (INSERT INTO users (username, password_hash, is_admin) VALUES ($1, $2, false) RETURNING id),
      r AS (INSERT INTO roles (name, workspace) SELECT '__user_' || id || '__', 'default' FROM u RETURNING id)
    INSERT INTO user_role_assignments (user_id, role_id) SELECT u.id, r.id FROM u, r`,
    [name, hash],
  );

const shown = ({ example, caller, stock, ours }: Difference) => `${nameOf(example)}, ${caller}: ${stock} -> ${ours}`;

const holes = servedExamples.filter(({ hole }) => hole !== undefined);

/** Each as stock was recorded and as this app answers. */
function describeHoles(table: Table): void {
  it.each(holes.map((example) => [nameOf(example), example] as const))("has no hole in %s", async (name, { hole }) => {
    const { caller, stock, ours, why } = hole!;
    const recorded = whole((await readRecording()).READ[name]!)[caller];
    expect([recorded, table.answers.get(name)![caller]], why).toEqual([stock, ours]);
  });
}

const readRecording = async (): Promise<Recording> => JSON.parse(await readFile(recordingFile, "utf8"));

/** @param fallback what the server is set to give of what no grant names */
export function describeBasicTable(fallback: Default): void {
  const table = describeTable({
    name: `basic sign-in, ${fallback} by default`,
    settings: {
      MLFLOW_FUNCTIONS_AUTH: "basic",
      MLFLOW_AUTH_ADMIN_USERNAME: admin.name,
      MLFLOW_AUTH_ADMIN_PASSWORD: admin.password,
      MLFLOW_AUTH_DEFAULT_PERMISSION: fallback,
    },
    defaults: { permission: fallback, creates: true, admitsStrangers: true, grantsAreRoles: true },
    signIns: signInsOf,
  });

  if (fallback === "READ") describeHoles(table);

  describe(`a stock server with ${fallback} by default`, () => {
    it("decided the same, but for what is explained", async () => {
      const recording = await readRecording();
      const different = servedExamples.flatMap((example) => {
        const recorded = recording[fallback][nameOf(example)];
        if (!recorded) throw new Error(`${nameOf(example)} is not recorded`);
        return differences(example, whole(recorded), table.answers.get(nameOf(example))!);
      });
      const unexplained = different.filter((one) => !explained.some(({ applies }) => applies(one)));
      expect(unexplained.map(shown)).toEqual([]);
      const unused = explained.filter(({ applies }) => !different.some(applies));
      expect(unused.map(({ why }) => why)).toEqual([]);
    });
  });
}
