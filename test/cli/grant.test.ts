/** `npm run migrate -- --grant`: an ordinary role for the app's identity, made by who is no superuser. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { type App, startApp } from "../support/app.ts";

const password = "p";
const odd = 'team "ml"; DROP TABLE runs --';

let id: string;
let admin: pg.Client;
let database: string;
let deployer: string;
let app: App | undefined;
let roles: string[];
beforeEach(async () => {
  id = randomBytes(6).toString("hex");
  [database, deployer] = [`grant_${id}`, `deployer_${id}`];
  roles = [deployer];
  admin = new pg.Client({ connectionString: inject("postgres").replace(/\/mlflow$/, "/postgres") });
  await admin.connect();
  await admin.query(`CREATE ROLE ${deployer} LOGIN CREATEROLE PASSWORD '${password}'`);
  await admin.query(`CREATE DATABASE ${database} OWNER ${deployer} TEMPLATE template0`);
});
afterEach(async () => {
  await app?.close();
  app = undefined;
  await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
  for (const role of roles) await admin.query(`DROP ROLE IF EXISTS ${pg.escapeIdentifier(role)}`);
  await admin.end();
});

function uriOf(role: string, name = database): string {
  const uri = new URL(inject("postgres"));
  [uri.username, uri.password, uri.pathname] = [encodeURIComponent(role), password, name];
  return uri.href;
}

/** A role that the test may make; it is dropped after it. */
function aRole(name = `id-${id}`): string {
  roles.unshift(name);
  return name;
}

function migrate(role: string, ...args: string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    const env = { ...process.env, MLFLOW_BACKEND_STORE_URI: uriOf(role) };
    execFile(process.execPath, ["dist/migrate.cjs", ...args], { env }, (error, stdout, stderr) =>
      done({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

const migrated = async (role: string, ...args: string[]) => {
  const { code, stdout, stderr } = await migrate(role, ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
};

async function inDatabase<T extends object>(statement: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: uriOf(deployer) });
  await client.connect();
  return (await client.query<T>(statement).finally(() => client.end())).rows;
}

const owners = async () =>
  (
    await inDatabase<{ owner: string }>(
      "SELECT DISTINCT tableowner::text AS owner FROM pg_tables WHERE schemaname IN ('public', 'mlflow_functions')",
    )
  ).map(({ owner }) => owner);

/** The app as that role, which gets a password here. */
async function appAs(role: string): Promise<App> {
  await admin.query(`ALTER ROLE ${pg.escapeIdentifier(role)} PASSWORD '${password}'`);
  app = await startApp({ MLFLOW_BACKEND_STORE_URI: uriOf(role) });
  return app;
}

/** Writes, changes, reads and deletes, in each group's tables. */
async function useEverything(served: App): Promise<void> {
  const call = async (path: string, body: object) => {
    const answer = await served.post(`/api/2.0/mlflow/${path}`, body);
    expect(answer, path).toMatchObject({ status: 200 });
    return answer.body;
  };
  const { experiment_id } = await call("experiments/create", { name: "granted" });
  const { run } = await call("runs/create", { experiment_id });
  const run_id = run.info.run_id;
  await call("runs/log-metric", { run_id, key: "m", value: 1, timestamp: 1, step: 0 });
  await call("runs/set-tag", { run_id, key: "k", value: "v" });
  await call("runs/delete-tag", { run_id, key: "k" });
  await call("registered-models/create", { name: "model" });
  await call("model-versions/create", { name: "model", source: `${run.info.artifact_uri}/model`, run_id });
  await call("registered-models/alias", { name: "model", alias: "champion", version: "1" });
  expect((await call("runs/search", { experiment_ids: [experiment_id] })).runs).toHaveLength(1);
  await call("runs/delete", { run_id });
}

describe("in an empty database", () => {
  it("a role that nothing was granted to makes no tables", async () => {
    const role = aRole();
    await admin.query(`CREATE ROLE "${role}" LOGIN`);
    const served = await appAs(role);
    const { status, body } = await served.post("/api/2.0/mlflow/experiments/create", { name: "e" });
    expect(status).toBe(503);
    expect(body.message).toMatch(/its tables can't be created: permission denied for schema public/);
  });

  it("the role is made, and its first request makes the tables, which are its own", async () => {
    const role = aRole();
    expect(await migrated(deployer, "--grant", role)).toBe(
      `Made the role "${role}". It has no password yet: give it one by \\password "${role}" in psql. It may connect to "${database}", and create tables and a schema there. The first request makes the tables, which are then its own.\n`,
    );
    expect(await owners()).toEqual([]);
    await useEverything(await appAs(role));
    expect(await owners()).toEqual([role]);
    const { rows } = await admin.query("SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = $1", [role]);
    expect(rows).toEqual([{ rolsuper: false, rolcreaterole: false }]);
  });

  it("a role with any name is quoted", async () => {
    const role = aRole(`${odd} ${id}`);
    await migrated(deployer, "--grant", role);
    await useEverything(await appAs(role));
  });
});

describe("in a database with tables", () => {
  it("the role reads and changes them, and those that are added later; they stay their owner's", async () => {
    await migrated(deployer);
    const role = aRole();
    expect(await migrated(deployer, "--grant", role)).toContain(
      `It may read and change all tables in "public" and "mlflow_functions", also those that "${deployer}" adds.`,
    );
    const served = await appAs(role);
    await useEverything(served);
    await inDatabase("CREATE TABLE mlflow_functions.added (id int GENERATED ALWAYS AS IDENTITY, name text)");
    await served.db.query("INSERT INTO mlflow_functions.added (name) VALUES ('x')");
    expect(await owners()).toEqual([deployer]);
    await expect(served.db.query("ALTER TABLE runs ADD COLUMN x int")).rejects.toThrow("must be owner of table runs");
  });

  it("it can be repeated, and changes nothing then", async () => {
    await migrated(deployer);
    const role = aRole();
    const privileges = () =>
      inDatabase(`SELECT relname, relacl::text FROM pg_class ORDER BY oid`).then((rows) => JSON.stringify(rows));
    await migrated(deployer, "--grant", role);
    const before = await privileges();
    expect(await migrated(deployer, "--grant", role)).toContain(`The role "${role}" is there already.`);
    expect(await privileges()).toBe(before);
  });

  it("who owns other tables there is named, and nothing is granted", async () => {
    await migrated(deployer);
    const role = aRole();
    const other = aRole(`other_${id}`);
    await admin.query(`CREATE ROLE ${other} LOGIN CREATEROLE PASSWORD '${password}'`);
    await admin.query(`ALTER DATABASE ${database} OWNER TO ${other}`);
    const { code, stderr } = await migrate(other, "--grant", role);
    expect(code).toBe(1);
    expect(stderr).toContain(`Tables of MLflow belong to "${deployer}", who alone can grant on them`);
    expect(stderr).toContain(`GRANT "${deployer}" TO "${other}";`);
    await admin.query(`GRANT ${deployer} TO ${other}`);
    await migrated(other, "--grant", role);
    await useEverything(await appAs(role));
  });
});

describe("who may not do it is told who may", () => {
  it.each([
    ["make roles", "NOCREATEROLE", true, /^This login may not make roles \(permission denied to create role\)/],
    [
      "grant on the database",
      "CREATEROLE",
      false,
      /As (the owner or )?an administrator run `GRANT CONNECT, CREATE ON DATABASE/,
    ],
  ])("%s", async (_, right, isOwner, message) => {
    await admin.query(`ALTER ROLE ${deployer} ${right}`);
    if (!isOwner) await admin.query(`ALTER DATABASE ${database} OWNER TO mlflow`);
    const { code, stdout, stderr } = await migrate(deployer, "--grant", aRole());
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("on Azure, where PostgreSQL makes the roles of Entra", () => {
  const objectId = "55555555-5555-5555-5555-555555555555";
  const signature = "pgaadauth_create_principal_with_oid(text, text, text, boolean, boolean)";

  it("the role is made by the function in the database postgres, of an object id", async () => {
    // A stand-in of the function's signature. It labels the role as Azure's own does.
    await admin.query(`CREATE FUNCTION ${signature} RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
      BEGIN
        IF $3 <> 'service' OR $4 OR $5 THEN RAISE 'no service'; END IF;
        EXECUTE format('CREATE ROLE %I LOGIN', $1);
        EXECUTE format('COMMENT ON ROLE %I IS %L', $1, 'aadauth,oid=' || $2 || ',type=' || $3);
        RETURN 'Created role for ' || $1;
      END $$`);
    try {
      const role = aRole();
      const without = await migrate(deployer, "--grant", role);
      expect(without).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("add --object-id") });
      const made = await migrated(deployer, "--grant", role, "--object-id", objectId);
      expect(made).toContain(`Made the role "${role}" for the identity ${objectId}. It may connect`);
      const { rows } = await admin.query(
        "SELECT shobj_description(oid, 'pg_authid') AS label FROM pg_roles WHERE rolname = $1",
        [role],
      );
      expect(rows).toEqual([{ label: `aadauth,oid=${objectId},type=service` }]);
      await useEverything(await appAs(role));
    } finally {
      await admin.query(`DROP FUNCTION ${signature}`);
    }
  });
});

describe("before anything is done", () => {
  it.each([
    ["", "is empty"],
    [" ", "is empty"],
    ["a\nb", "has control characters"],
    ["é".repeat(32), "has more than PostgreSQL's 63 bytes"],
    ["pg_monitor", "begins like the server's own roles"],
    ["azure_pg_admin", "begins like the server's own roles"],
    ["PUBLIC", "means something else in SQL"],
    ["current_user", "means something else in SQL"],
  ])("the name %j is refused", async (name, problem) => {
    const { code, stderr } = await migrate(deployer, `--grant=${name}`);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(`: this one ${problem}.`) });
  });

  it("an object id that is none is refused, and one without a name", async () => {
    expect(await migrate(deployer, "--grant", "x", "--object-id", "team")).toMatchObject({ code: 2 });
    const alone = await migrate(deployer, "--object-id", "55555555-5555-5555-5555-555555555555");
    expect(alone).toMatchObject({ code: 2, stderr: "--object-id belongs to --grant.\n" });
  });

  it("who runs it gets nothing from itself", async () => {
    const { code, stderr } = await migrate(deployer, "--grant", deployer);
    expect(code).toBe(1);
    expect(stderr).toContain("is who runs this");
  });
});
