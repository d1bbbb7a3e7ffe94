import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anExperiment, aRun, times } from "../factories.ts";
import { type App, startApp } from "../support/app.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** Holds the lock of a run's row. */
async function lockRun(run: string): Promise<{ waiters(): Promise<number>; free(): Promise<void> }> {
  const holder = new pg.Client({ connectionString: app.databaseUri });
  await holder.connect();
  await holder.query("BEGIN");
  await holder.query("SELECT FROM runs WHERE run_uuid = $1 FOR UPDATE", [run]);
  const waiting =
    "SELECT count(*)::int FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
  return {
    waiters: async () => (await app.db.query<{ count: number }>(waiting)).rows[0]!.count,
    free: async () => {
      await holder.query("ROLLBACK");
      await holder.end();
    },
  };
}

describe("24 writers that wait for one lock", () => {
  it("keep no read waiting", async () => {
    const run_id = await aRun(app);
    const experiment_id = await anExperiment(app);
    const lock = await lockRun(run_id);
    let answered = 0;
    const writers = times(24, async () => {
      const { status } = await app.post("/api/2.0/mlflow/runs/update", { run_id, run_name: "late" });
      answered++;
      return status;
    });
    while ((await lock.waiters()) < 4);
    for (let reads = 0; reads < 10; reads++)
      expect((await app.get("/api/2.0/mlflow/experiments/get", { experiment_id })).status).toBe(200);
    expect((await app.request("GET", "/health")).status).toBe(200);
    expect(answered).toBe(0);
    await lock.free();
    expect(await writers).toEqual(Array(24).fill(200));
  });
});
