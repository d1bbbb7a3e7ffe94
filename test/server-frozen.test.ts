import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { aRun, times } from "./factories.ts";
import { freeze, Stage } from "./faults/stage.ts";
import { type Answer, type App, startApp } from "./support/app.ts";

let stage: Stage;
let app: App;
let pids: { postgres: number; azurite: number };
let run_id: string;
beforeAll(async () => {
  stage = await Stage.open();
  const [postgres, azurite] = await Promise.all([stage.postgres(["fsync=off"]), stage.azurite()]);
  pids = { postgres: postgres.pid, azurite: azurite.pid };
  app = await startApp({
    MLFLOW_BACKEND_STORE_URI: postgres.uri,
    AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString,
    AzureWebJobsStorage: azurite.connectionString,
  });
  run_id = await aRun(app);
});
let thaw = async () => {};
afterEach(() => thaw());
afterAll(async () => {
  await app.close();
  await stage.close();
});

const api = "/api/2.0/mlflow";

/** Starts requests that can't be answered now, and answers how many still wait. */
function stuck(requests: Promise<Answer>[]) {
  let left = requests.length;
  for (const request of requests) request.finally(() => left--).catch(() => {});
  return { left: () => left, all: () => Promise.all(requests) };
}

async function answersAtOnce(): Promise<void> {
  for (const path of ["/health", "/version", "/api/3.0/mlflow/server-info", "/ajax-api/3.0/mlflow/server-info"])
    expect((await app.request("GET", path)).status, path).toBe(200);
}

describe("health, version and server-info", () => {
  it("answer while 24 writers wait for one row", async () => {
    const holder = new pg.Client({ connectionString: app.databaseUri });
    holder.on("error", () => {});
    await holder.connect();
    await holder.query("BEGIN");
    await holder.query("SELECT FROM runs WHERE run_uuid = $1 FOR UPDATE", [run_id]);
    const waiting = stuck(await started(24, () => app.post(`${api}/runs/update`, { run_id, run_name: "new" })));
    await answersAtOnce();
    expect(waiting.left()).toBe(24);
    await holder.query("ROLLBACK");
    await holder.end();
    await waiting.all();
  });

  it("answer while the database is frozen", async () => {
    thaw = await freeze(pids.postgres);
    const waiting = stuck(await started(40, () => app.get(`${api}/runs/get`, { run_id })));
    await answersAtOnce();
    expect(waiting.left()).toBe(40);
    await thaw();
    await waiting.all();
  });

  it("answer while storage is frozen, the page too that asks for the first time", async () => {
    thaw = await freeze(pids.azurite);
    const waiting = stuck(await started(30, () => app.get(`${api}/artifacts/list`, { run_id })));
    await answersAtOnce();
    const referer = "http://first.example/";
    const first = await app.request("GET", "/ajax-api/3.0/mlflow/server-info", { headers: { referer } });
    expect(first.body.artifacts_presigned_only).toBe(false);
    expect(waiting.left()).toBe(30);
    await thaw();
    await waiting.all();
  });
});

/** Requests that have reached the app: it has them all before anything else is asked. */
async function started(count: number, request: () => Promise<Answer>): Promise<Promise<Answer>[]> {
  const sent: Promise<Answer>[] = [];
  await times(count, async () => void sent.push(request()));
  await new Promise((sentOff) => setTimeout(sentOff, 200));
  return sent;
}
