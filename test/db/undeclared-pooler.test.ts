import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { start } from "../local/starts.ts";
import { type App, aDatabase, startApp } from "../support/app.ts";
import { aPgBouncer, type PgBouncer } from "../support/pgbouncer.ts";

const requests = 5000;
const api = "/api/2.0/mlflow";

let app: App;
let database: Awaited<ReturnType<typeof aDatabase>>;
let pooler: PgBouncer;
beforeAll(async () => {
  database = await aDatabase();
  // Fewer connections to the server than clients have: each is handed from one to the other. What it does not refuse it
  // ignores.
  const ignored = "statement_timeout, lock_timeout, idle_in_transaction_session_timeout";
  pooler = await aPgBouncer(database.uri, [`ignore_startup_parameters = ${ignored}`]);
  app = await startApp({ MLFLOW_BACKEND_STORE_URI: pooler.uri });
});
afterAll(async () => {
  await app.close();
  await pooler.stop();
  await database.drop();
});

// biome-ignore lint/suspicious/noExplicitAny: whatever an instance answers.
async function call(url: string, method: "GET" | "POST", path: string, body?: object): Promise<any> {
  const response = await fetch(url + api + path, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

/** An experiment and a run of one client, and a look at each of its answers. */
async function aClient(url: string, name: string) {
  const { experiment_id } = await call(url, "POST", "/experiments/create", { name });
  const { run } = await call(url, "POST", "/runs/create", { experiment_id, start_time: 1, run_name: name });
  const run_id = run.info.run_id;
  const tag = { key: "t", value: name };
  let logged = 0;
  const kinds = [
    async () => {
      const { experiment } = await call(url, "GET", `/experiments/get?experiment_id=${experiment_id}`);
      expect(experiment).toMatchObject({ experiment_id, name, lifecycle_stage: "active" });
    },
    async () => {
      const { run } = await call(url, "GET", `/runs/get?run_id=${run_id}`);
      expect(run.info).toMatchObject({ run_id, run_name: name, experiment_id });
    },
    async () => {
      await call(url, "POST", "/runs/log-metric", { run_id, key: "m", value: logged, timestamp: 1, step: logged });
      logged++;
    },
    async () => {
      const filter = `attributes.run_name = '${name}'`;
      const { runs } = await call(url, "POST", "/runs/search", { experiment_ids: [experiment_id], filter });
      expect(runs).toMatchObject([{ info: { run_id } }]);
    },
    async () => {
      expect(await call(url, "POST", "/runs/set-tag", { run_id, ...tag })).toEqual({});
    },
    async () => {
      expect(await call(url, "POST", "/runs/update", { run_id, run_name: name })).toMatchObject({
        run_info: { run_id, run_name: name },
      });
    },
  ];
  const check = async () => {
    const { run } = await call(url, "GET", `/runs/get?run_id=${run_id}`);
    expect(run.data.tags).toContainEqual(tag);
    const history = await call(url, "GET", `/metrics/get-history?run_id=${run_id}&metric_key=m&max_results=25000`);
    expect(history.metrics).toHaveLength(logged);
  };
  return { next: (turn: number) => kinds[turn % kinds.length]!(), check };
}

describe("behind an undeclared PgBouncer in transaction mode", () => {
  it(`two instances answer ${requests} mixed requests, each rightly`, { timeout: 400_000 }, async () => {
    const other = await start([], {
      MLFLOW_BACKEND_STORE_URI: pooler.uri,
      AZURE_STORAGE_CONNECTION_STRING: inject("storage"),
      AzureWebJobsStorage: inject("storage"),
    });
    const urls = [app.url, other.url];
    let left = requests;
    const client = async (_: unknown, index: number) => {
      const { next, check } = await aClient(urls[index % 2]!, `client-${index}`);
      for (let turn = index; left > 0; turn++, left--) await next(turn);
      await check();
    };
    await Promise.all(Array.from({ length: 16 }, client));
    expect(other.output()).toMatch(/pooler .* add pgbouncer=true to the URI in MLFLOW_BACKEND_STORE_URI/);
  });
});
