import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aRun, times, unique } from "../factories.ts";
import { type App, aDatabase, startApp } from "../support/app.ts";
import { aProxy, type TcpProxy } from "../support/proxy.ts";

let app: App;
let proxy: TcpProxy;
let database: Awaited<ReturnType<typeof aDatabase>>;
beforeAll(async () => {
  database = await aDatabase();
  proxy = await aProxy(database.uri);
  app = await startApp({ MLFLOW_BACKEND_STORE_URI: proxy.uri, MLFLOW_FUNCTIONS_STATEMENT_TIMEOUT_SECONDS: "1" });
});
afterAll(async () => {
  await app.close();
  await proxy.cut();
  await database.drop();
});

describe("connections that fall silent", () => {
  it("cost the requests on them, and no other: reads are refused, of writes the outcome is unknown", async () => {
    const run_id = await aRun(app);
    const read = () => app.get("/api/2.0/mlflow/runs/get", { run_id });
    const write = () => app.post("/api/2.0/mlflow/experiments/create", { name: unique("silent") });
    // As many connections as there can be, all in use.
    await times(30, read);
    proxy.silence();
    const [reads, writes] = await Promise.all([times(8, read), times(2, write)]);
    // A few may have met a connection that was made since.
    expect(new Set(reads.map(({ status }) => status))).toContain(429);
    for (const { status } of reads) expect([200, 429]).toContain(status);
    for (const { status } of writes) expect([200, 503]).toContain(status);
    expect((await read()).status).toBe(200);
    expect((await write()).status).toBe(200);
  });
});
