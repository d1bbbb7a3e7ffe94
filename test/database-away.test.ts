import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anExperiment, unique } from "./factories.ts";
import { type App, aDatabase, startApp } from "./support/app.ts";
import { aProxy, type TcpProxy } from "./support/proxy.ts";

let app: App;
let proxy: TcpProxy;
let database: Awaited<ReturnType<typeof aDatabase>>;
beforeAll(async () => {
  database = await aDatabase();
  proxy = await aProxy(database.uri);
  app = await startApp({ MLFLOW_BACKEND_STORE_URI: proxy.uri });
});
afterAll(async () => {
  await app.close();
  await proxy.cut();
  await database.drop();
});

const create = (name: string) => app.post("/api/2.0/mlflow/experiments/create", { name });

describe("a database that is away", () => {
  it("costs nothing where it is not needed, a 429 where nothing was started, and is found again", async () => {
    const experiment_id = await anExperiment(app);
    await proxy.cut();
    expect((await app.request("GET", "/api/3.0/mlflow/server-info")).status).toBe(200);
    const refused = await create(unique("away"));
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBeNull();
    expect(refused.body.error_code).toBe("REQUEST_LIMIT_EXCEEDED");
    expect(refused.text).not.toContain("127.0.0.1");
    await proxy.mend();
    expect((await app.get("/api/2.0/mlflow/experiments/get", { experiment_id })).status).toBe(200);
  });

  it("answers 503 where a write may have been done", async () => {
    const name = unique("lost");
    await create(unique("warm"));
    // The write waits for this lock, so that the connection is lost while the statement runs.
    const direct = new pg.Client({ connectionString: database.uri });
    await direct.connect();
    await direct.query("BEGIN; LOCK TABLE experiments IN ACCESS EXCLUSIVE MODE");
    const creating = create(name);
    const waits = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    const waiting = async () => (await direct.query(waits)).rows.length;
    await expect.poll(waiting, { timeout: 20_000, interval: 20 }).toBe(1);
    await proxy.cut();
    const answer = await creating;
    expect(answer.status).toBe(503);
    expect(answer.body.error_code).toBe("TEMPORARILY_UNAVAILABLE");
    await direct.query("ROLLBACK");
    await direct.end();
    await proxy.mend();
    expect((await create(unique("back"))).status).toBe(200);
  });
});
