import { afterEach, describe, expect, it, vi } from "vitest";
import { type App, startApp } from "../support/app.ts";
import { anAzurite } from "../support/azurite.ts";
import { TestTables } from "../support/tables.ts";
import { consoleLines, deletedRun, eventsIn } from "./recording.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const deleted = (app: App) => eventsIn(app.lines).filter(({ audit }) => audit === "run.deleted");

describe("an app whose tables", () => {
  it("hang answers meanwhile, and has every event in the log", async () => {
    const said = consoleLines();
    const azurite = await anAzurite();
    const { settings } = new TestTables();
    const app = await startApp({ ...settings, MLFLOW_FUNCTIONS_TABLES_STORAGE: azurite.connectionString });
    try {
      const runs = [await deletedRun(app)];
      azurite.freeze();
      // No limit ends any more, so that an answer that waited for the tables would never come.
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      for (let index = 0; index < 20; index++) runs.push(await deletedRun(app));
      expect(deleted(app).map(({ of }) => of)).toEqual(runs);
      expect(said.filter((line) => /away|in this log/.test(line))).toEqual([]);
    } finally {
      vi.useRealTimers();
      azurite.thaw();
      await app.close();
      await azurite.stop();
    }
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
