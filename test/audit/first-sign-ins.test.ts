import { afterEach, describe, expect, it, vi } from "vitest";
import { times } from "../factories.ts";
import { as, asAdmin, basicSettings, forget, makeUsers } from "../identity/signed-in.ts";
import { type App, aDatabase, startApp } from "../support/app.ts";
import { TestTables } from "../support/tables.ts";
import { auditRows, consoleLines, eventsIn, until } from "./recording.ts";

const first = "user.signed-in-first";

afterEach(() => void vi.restoreAllMocks());

/** So many apps on one database and one set of tables. */
async function instances(count: number, tables: TestTables, settings: Record<string, string> = basicSettings) {
  const database = await aDatabase();
  const shared = { ...settings, ...tables.settings, MLFLOW_BACKEND_STORE_URI: database.uri };
  const apps: App[] = [];
  for (let index = 0; index < count; index++) apps.push(await startApp(shared));
  const close = async () => {
    for (const app of apps) await app.close();
    await database.drop();
    forget(shared);
  };
  return { apps, close };
}

const whoFirst = async (tables: TestTables) =>
  (await auditRows(tables)).filter(({ what }) => what === first).map(({ who, of, detail }) => [who, of, detail]);

describe("someone who signs in for the first time", () => {
  it("is told once by all instances together, and not again after a new start", async () => {
    const tables = new TestTables();
    const said = consoleLines();
    const { apps, close } = await instances(2, tables);
    await asAdmin(apps[0]!).get("/version");
    await makeUsers(apps[0]!, ["ann", "bob"]);
    await times(8, async (index) => {
      const app = apps[index % 2]!;
      expect((await as(app, "ann").get("/version")).status).toBe(200);
      expect((await as(app, "ann", "wrong").get("/version")).status).toBe(401);
    });
    const { body } = await as(apps[1]!, "bob").send("POST", "/api/functions/tokens/create", { name: "one" });
    const headers = { authorization: `Bearer ${body.token_value}` };
    expect((await apps[0]!.request("GET", "/version", { headers })).status).toBe(200);
    await until(
      () => whoFirst(tables),
      ({ length }) => length === 3,
    );
    await close();
    const people = (await whoFirst(tables)).map(([who]) => who).sort();
    expect(people).toEqual(["admin", "ann", "bob"]);
    expect(eventsIn(said).filter(({ audit }) => audit === first)).toHaveLength(3);
    const again = await instances(1, tables);
    await makeUsers(again.apps[0]!, ["ann"]);
    expect((await as(again.apps[0]!, "ann").get("/version")).status).toBe(200);
    await again.close();
    expect(await whoFirst(tables)).toHaveLength(3);
  });

  it("is nobody where nobody signs in", async () => {
    const tables = new TestTables();
    consoleLines();
    const { apps, close } = await instances(1, tables, {});
    expect((await apps[0]!.get("/api/2.0/mlflow/experiments/get", { experiment_id: "0" })).status).toBe(200);
    await close();
    expect(await tables.names()).toEqual([]);
  });

  it("is told apart from someone of a long name that begins alike", async () => {
    const tables = new TestTables();
    consoleLines();
    const { apps, close } = await instances(1, tables);
    await asAdmin(apps[0]!).get("/version");
    const names = ["1", "2"].map((end) => `${"ü/".repeat(120)}${end}`);
    await makeUsers(apps[0]!, names);
    for (const name of names) expect((await as(apps[0]!, name).get("/version")).status).toBe(200);
    await until(
      () => whoFirst(tables),
      ({ length }) => length === 3,
    );
    await close();
    expect((await whoFirst(tables)).map(([who]) => who)).toEqual(expect.arrayContaining(names));
  });

  it("is in the log as uncertain while the tables are away", async () => {
    const said = consoleLines();
    const settings = { ...basicSettings, MLFLOW_FUNCTIONS_TABLES_STORAGE: "http://127.0.0.1:1/account" };
    const { apps, close } = await instances(1, new TestTables(), settings);
    for (let index = 0; index < 3; index++) expect((await asAdmin(apps[0]!).get("/version")).status).toBe(200);
    await until(
      async () => eventsIn(said),
      ({ length }) => length > 0,
    );
    await close();
    expect(eventsIn(said)).toMatchObject([{ audit: first, who: "admin", detail: { certain: false } }]);
  });
});
