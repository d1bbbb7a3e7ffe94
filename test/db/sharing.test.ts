import pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { parseConfig } from "../../shared/platform/config.ts";
import { Database } from "../../shared/platform/db/database.ts";
import { sql } from "../../shared/platform/db/sql.ts";
import { times } from "../factories.ts";
import { aDatabase } from "../support/app.ts";

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** A database that gives the app's role so many connections, and somebody who sees how many there are. */
async function aSmallDatabase(connections: number) {
  const { uri, drop } = await aDatabase();
  endings.push(drop);
  const name = new URL(uri).pathname.slice(1);
  const watcher = new pg.Client({ connectionString: uri.replace(/[^/]+$/, "postgres") });
  await watcher.connect();
  endings.push(() => watcher.end());
  // A superuser is not held to a limit of the database.
  const role = `${name}_app`;
  await watcher.query(`CREATE ROLE ${role} LOGIN PASSWORD 'app'`);
  endings.push(() => watcher.query(`DROP ROLE ${role}`));
  await watcher.query(`ALTER DATABASE ${name} CONNECTION LIMIT ${connections}`);
  const asRole = new URL(uri);
  asRole.username = role;
  asRole.password = "app";
  /** A connection of the owner, which no limit concerns. */
  const owner = async () => {
    const client = new pg.Client({ connectionString: uri });
    await client.connect();
    return client;
  };
  const held = async () => {
    const { rows } = await watcher.query<{ count: number }>(
      "SELECT count(*)::int FROM pg_stat_activity WHERE usename = $1",
      [role],
    );
    return rows[0]!.count;
  };
  return { uri: asRole.href, held, owner };
}

function anInstance(uri: string, env: Record<string, string> = {}): Database {
  const database = new Database(uri, parseConfig({ MLFLOW_BACKEND_STORE_URI: uri, ...env }));
  endings.push(() => database.end());
  return database;
}

const work = sql`SELECT pg_sleep(${0.005})`;

describe("a database with few connections", () => {
  it("gives an instance an eighth of them", async () => {
    const { uri, held, owner } = await aSmallDatabase(32);
    const instance = anInstance(uri, {
      MLFLOW_FUNCTIONS_CONNECT_TIMEOUT_SECONDS: "50",
      MLFLOW_FUNCTIONS_LOCK_TIMEOUT_SECONDS: "50",
    });
    // It has learned how many there are.
    await instance.reading.query(work);
    const holder = await owner();
    await holder.query("SELECT pg_advisory_lock(1)");
    const locked = sql`SELECT pg_advisory_lock_shared(${1})`;
    const all = times(20, (index) => (index % 2 ? instance.reading : instance.writing).query(locked));
    await expect.poll(held, { timeout: 30_000 }).toBe(4);
    // All of its connections wait for the lock by now, and 16 requests for one of them.
    await new Promise((done) => setTimeout(done, 500));
    expect(await held()).toBe(4);
    await holder.end();
    for (const rows of await all) expect(rows).toHaveLength(1);
  });

  it("serves more instances than it has connections, and refuses no request", async () => {
    const { uri, held } = await aSmallDatabase(3);
    const instances = await times(9, async () => anInstance(uri, { MLFLOW_FUNCTIONS_CONNECT_TIMEOUT_SECONDS: "50" }));
    const answers = new Map(instances.map((instance) => [instance, 0]));
    const end = performance.now() + 8000;
    const client = async (instance: Database) => {
      do {
        await instance.reading.query(work);
        answers.set(instance, answers.get(instance)! + 1);
      } while (performance.now() < end);
    };
    await Promise.all(instances.concat(instances).map(client));
    for (const count of answers.values()) expect(count).toBeGreaterThan(0);
    // Given back within seconds, whoever had them.
    await expect.poll(held, { timeout: 30_000 }).toBe(0);
  });

  it("gives an instance's first connection back at once, and keeps later ones while its clients pause", async () => {
    const { uri, held } = await aSmallDatabase(1);
    const instance = anInstance(uri);
    const backend = async () =>
      (await instance.reading.query<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`))[0]!.pid;
    await backend();
    await expect.poll(held, { timeout: 10_000 }).toBe(0);
    const second = await backend();
    await new Promise((done) => setTimeout(done, 300));
    expect(await backend()).toBe(second);
  });

  it("lets a request wait for a connection that somebody else holds", async () => {
    const { uri } = await aSmallDatabase(1);
    const holder = new pg.Client({ connectionString: uri });
    await holder.connect();
    const instance = anInstance(uri, { MLFLOW_FUNCTIONS_CONNECT_TIMEOUT_SECONDS: "50" });
    let answered = false;
    const reading = instance.reading.query(work).finally(() => {
      answered = true;
    });
    await new Promise((done) => setTimeout(done, 500));
    expect(answered).toBe(false);
    await holder.end();
    await reading;
  });

  it("answers 429 where none is free in time", async () => {
    const { uri } = await aSmallDatabase(1);
    const holder = new pg.Client({ connectionString: uri });
    await holder.connect();
    endings.push(() => holder.end());
    const instance = anInstance(uri, { MLFLOW_FUNCTIONS_CONNECT_TIMEOUT_SECONDS: "1" });
    await expect(instance.reading.query(work)).rejects.toMatchObject({ status: 429 });
  });

  it("is used as any other where it does not show its sessions", async () => {
    const { uri, owner } = await aSmallDatabase(32);
    const client = await owner();
    await client.query("REVOKE EXECUTE ON FUNCTION pg_stat_get_activity FROM PUBLIC").finally(() => client.end());
    const instance = anInstance(uri);
    for (const rows of await times(40, () => instance.reading.query(work))) expect(rows).toHaveLength(1);
  });
});
