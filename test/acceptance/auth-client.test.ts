/** AuthServiceClient on both servers, and what each decides on the database that the other has filled. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { forget } from "../identity/signed-in.ts";
import { aDatabase, startApp } from "../support/app.ts";
import { compareSteps, type Report } from "./auth-client-steps.ts";
import { ask, decisions, type Person, shapeOf } from "./decisions.ts";
import { python } from "./python.ts";
import { startStock } from "./stock-server.ts";

const admin = { name: "admin", password: "the password of the admin" };
const settings = { MLFLOW_FUNCTIONS_AUTH: "basic", MLFLOW_AUTH_ADMIN_PASSWORD: admin.password };
const stocksAdmin = { MLFLOW_AUTH_ADMIN_PASSWORD: admin.password };

interface Served {
  report: Report;
  decided: Awaited<ReturnType<typeof decisions>>;
}

const things = { experiments: ["0", "1", "2"], models: ["model of ada", "none such"] };
const peopleOf = ({ passwords }: Report): Person[] =>
  ["admin", "ada", "ben", "Çleo", "boss"].map((name) => ({ name, password: passwords[name]! }));

async function fill(url: string): Promise<Served> {
  const script = ["test/acceptance/auth-client.py", admin.password];
  const report = JSON.parse(await python(mlflowVersion, script, { MLFLOW_TRACKING_URI: url })) as Report;
  return { report, decided: await decisions(url, peopleOf(report), things) };
}

async function withOurs<T>(uri: string, work: (url: string) => Promise<T>): Promise<T> {
  const app = await startApp({ ...settings, MLFLOW_BACKEND_STORE_URI: uri });
  try {
    return await work(app.url);
  } finally {
    await app.close();
    forget(settings);
  }
}

async function withStock<T>(database: string, env: Record<string, string>, work: (url: string) => Promise<T>) {
  const stock = await startStock({ database, auth: true, env });
  try {
    return await work(stock.url);
  } finally {
    await stock.stop();
  }
}

const migrate = async (database: string, from: string) =>
  (
    await promisify(execFile)(process.execPath, ["dist/migrate.cjs", "--auth-from", from], {
      env: { ...process.env, MLFLOW_BACKEND_STORE_URI: database },
    })
  ).stdout;

const databases: { uri: string; drop(): Promise<void> }[] = [];
async function another(template: "mlflow" | "template0"): Promise<string> {
  const database = await aDatabase(template);
  databases.push(database);
  return database.uri;
}

let [oursUri, stocksUri] = ["", ""];
let ours: Served;
let stock: Served;
beforeAll(async () => {
  [oursUri, stocksUri] = [await another("mlflow"), await another("template0")];
  ours = await withOurs(oursUri, fill);
  stock = await withStock(stocksUri, stocksAdmin, fill);
});
afterAll(async () => {
  for (const { drop } of databases) await drop();
});

describe("AuthServiceClient", () => {
  it("gets the same answers of all its methods, but for what is explained", () => {
    expect(ours.report.methods).toBe(22);
    const { unexplained, unused, explained } = compareSteps(stock.report, ours.report);
    console.log(`${ours.report.steps.length} calls of 22 methods: ${explained} differ as explained`);
    expect(unexplained).toEqual([]);
    expect(unused).toEqual([]);
  });

  it("leaves users who may do the same, and find the same", () => {
    expect(ours.decided).toEqual(stock.decided);
    const { ada, ben, Çleo: cleo, boss } = ours.decided;
    expect(ada!.may).toContain("deletes experiment 1");
    expect(ada!.may).not.toContain("edits experiment 2");
    expect(ben!.may).toContain("edits experiment 1");
    expect(ben!.may).not.toContain("deletes experiment 1");
    expect(cleo!.may).not.toContain("reads experiment 1");
    expect(cleo!.finds).not.toContain("of ada");
    expect(boss!.may).toContain("deletes experiment 2");
  });
});

describe("one database", () => {
  it("that this app made: a stock server starts on it, changes nothing of it, and decides alike", async () => {
    const before = await shapeOf(oursUri);
    // No password of an admin: one is there.
    const decided = await withStock(oursUri, {}, (url) => decisions(url, peopleOf(ours.report), things));
    expect(decided).toEqual(ours.decided);
    expect(await shapeOf(oursUri)).toEqual(before);
  });

  it("that a stock server made: this app decides alike", async () => {
    const decided = await withOurs(stocksUri, (url) => decisions(url, peopleOf(stock.report), things));
    expect(decided).toEqual(stock.decided);
  });
});

describe("npm run migrate -- --auth-from", () => {
  const everything = `SELECT u.id, u.username, u.password_hash, u.is_admin, r.id AS role, r.name, r.description,
      p.id AS permission, p.resource_type, p.resource_pattern, p.permission AS granted
    FROM users u FULL JOIN user_role_assignments a ON a.user_id = u.id FULL JOIN roles r ON r.id = a.role_id
    LEFT JOIN role_permissions p ON p.role_id = r.id ORDER BY u.id, r.id, p.id`;
  async function rows(uri: string) {
    const client = new pg.Client({ connectionString: uri });
    await client.connect();
    return (await client.query(everything).finally(() => client.end())).rows;
  }

  it("brings what a stock server has in another PostgreSQL database", async () => {
    const target = await another("mlflow");
    expect(await migrate(target, stocksUri)).toMatch(/Brought \d+ users, \d+ roles and \d+ permissions/);
    expect(await rows(target)).toEqual(await rows(stocksUri));
    const ada = peopleOf(stock.report).find(({ name }) => name === "ada")!;
    const signedIn = await withOurs(target, (url) => ask(url, ada, "GET", "2.0/mlflow/users/get?username=ada"));
    expect(signedIn).toMatchObject({ status: 200, body: { user: { username: "ada" } } });
  });

  it("brings the basic_auth.db of a stock server, and this app decides alike", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mlflow-basic-auth-"));
    const users = `sqlite:///${join(folder, "basic_auth.db")}`;
    const database = await another("template0");
    const people = ["admin", "ada", "ben", "Çleo"].map((name) => ({ name, password: admin.password }));
    const some = { experiments: ["0", "1"], models: ["m"] };
    try {
      const server = await startStock({ database, auth: users, env: stocksAdmin });
      const decided = await fillByRequests(server.url, people)
        .then(() => decisions(server.url, people, some))
        .finally(server.stop);
      expect(await migrate(database, users)).toContain("Brought 4 users");
      expect(await withOurs(database, (url) => decisions(url, people, some))).toEqual(decided);
      expect(decided.ben!.may).toContain("edits experiment 1");
      expect(decided.Çleo!.may).not.toContain("reads experiment 1");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

async function fillByRequests(url: string, people: readonly Person[]): Promise<void> {
  const by = (name: string) => people.find((person) => person.name === name)!;
  const done = async (who: string, path: string, body: object) =>
    expect(await ask(url, by(who), "POST", path, body), path).toMatchObject({ status: 200 });
  for (const { name, password } of people.slice(1))
    await done("admin", "2.0/mlflow/users/create", { username: name, password });
  await done("ada", "2.0/mlflow/experiments/create", { name: "of ada" });
  await done("ada", "2.0/mlflow/registered-models/create", { name: "m" });
  for (const [username, permission] of [
    ["ben", "EDIT"],
    ["Çleo", "DENY"],
  ])
    await done("ada", "3.0/mlflow/users/permissions/grant", {
      username,
      permission,
      resource_type: "experiment",
      resource_id: "1",
    });
}
