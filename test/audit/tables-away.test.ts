import { afterEach, describe, expect, inject, it, vi } from "vitest";
import { type AuditEvent, auditOf } from "../../shared/platform/audit/log.ts";
import { openTables } from "../../shared/platform/azure/tables.ts";
import { parseConfig } from "../../shared/platform/config.ts";
import { type App, startApp } from "../support/app.ts";
import { anAzurite } from "../support/azurite.ts";
import { aProxy } from "../support/proxy.ts";
import { TestTables } from "../support/tables.ts";
import { auditRows, consoleLines, deletedRun, eventsIn, until } from "./recording.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const deleted = (app: App) => eventsIn(app.lines).filter(({ audit }) => audit === "run.deleted");

describe("an app whose tables", () => {
  it("hang answers meanwhile, has every event in the log, and every row when they are back", async () => {
    const said = consoleLines();
    const azurite = await anAzurite();
    const settings = { ...new TestTables().settings, MLFLOW_FUNCTIONS_TABLES_STORAGE: azurite.connectionString };
    const tables = await openTables(parseConfig(settings));
    const rows = async () => {
      const found: AuditEvent[] = [];
      for await (const event of auditOf(tables!)) found.push(event);
      return found;
    };
    const app = await startApp(settings);
    try {
      const runs = [await deletedRun(app)];
      azurite.freeze();
      // No limit ends any more, so that an answer that waited for the tables would never come.
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      for (let index = 0; index < 20; index++) runs.push(await deletedRun(app));
      expect(deleted(app).map(({ of }) => of)).toEqual(runs);
      expect(said.filter((line) => /away|in this log/.test(line))).toEqual([]);
      vi.useRealTimers();
      azurite.thaw();
      const written = await until(rows, ({ length }) => length >= runs.length);
      expect(written.map(({ of }) => of).toSorted()).toEqual(runs.toSorted());
    } finally {
      vi.useRealTimers();
      azurite.thaw();
      await app.close();
      await azurite.stop();
    }
  });

  it("go away for a while has every row when they are back", async () => {
    const said = consoleLines();
    const tables = new TestTables();
    const [, endpoint = ""] = /TableEndpoint=([^;]+)/.exec(inject("storage")) ?? [];
    const proxy = await aProxy(endpoint);
    const storage = inject("storage").replace(endpoint, proxy.uri);
    const app = await startApp({ ...tables.settings, MLFLOW_FUNCTIONS_TABLES_STORAGE: storage });
    const runs = [await deletedRun(app)];
    await until(
      () => auditRows(tables),
      ({ length }) => length === 1,
    );
    await proxy.cut();
    for (let index = 0; index < 20; index++) runs.push(await deletedRun(app));
    await until(
      async () => said,
      (lines) => lines.some((line) => line.startsWith("Audit events are in this log alone until")),
    );
    await proxy.mend();
    const written = await until(
      () => auditRows(tables),
      ({ length }) => length >= runs.length,
    );
    expect(written.map(({ of }) => of).toSorted()).toEqual(runs.toSorted());
    await app.close();
    await proxy.cut();
  });

  it("are away has every event in the log, and says once that they are only there", async () => {
    const said = consoleLines();
    const app = await startApp({ MLFLOW_FUNCTIONS_TABLES_STORAGE: "http://127.0.0.1:1/account" });
    const runs = [];
    for (let index = 0; index < 20; index++) runs.push(await deletedRun(app));
    await app.close();
    expect(deleted(app).map(({ of }) => of)).toEqual(runs);
    expect(said.filter((line) => line.startsWith("Audit events are in this log alone until"))).toHaveLength(1);
  });
});
