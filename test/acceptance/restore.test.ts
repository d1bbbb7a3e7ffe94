import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type App, startApp } from "../support/app.ts";
import { type Postgres, startInstalledPostgres } from "./installed-postgres.ts";

const api = "/api/2.0/mlflow";
const file = "a file that outlives its database\n";

let postgres: Postgres;
let scratch: string;
beforeAll(async () => {
  postgres = await startInstalledPostgres();
  // Written by the user that PostgreSQL runs as.
  scratch = await mkdtemp(join(tmpdir(), "dump-"));
  await chmod(scratch, 0o777);
});
afterAll(async () => {
  await postgres.stop();
  await rm(scratch, { recursive: true, force: true });
});

async function aRunWithAFile(app: App) {
  const { body: created } = await app.post(`${api}/experiments/create`, { name: "kept 实验" });
  const { body } = await app.post(`${api}/runs/create`, { experiment_id: created.experiment_id, run_name: "kept" });
  const { run_id, artifact_uri } = body.run.info;
  const metrics = [{ key: "loss", value: 0.25, timestamp: 1, step: 1 }];
  await app.post(`${api}/runs/log-batch`, { run_id, metrics, params: [{ key: "lr", value: "0.1" }] });
  await app.post(`${api}/registered-models/create`, { name: "model" });
  await app.post(`${api}/model-versions/create`, { name: "model", source: `${artifact_uri}/model`, run_id });
  await app.post(`${api}/registered-models/alias`, { name: "model", alias: "champion", version: "1" });
  const path = `/api/2.0/mlflow-artifacts/artifacts/${created.experiment_id}/${run_id}/artifacts/kept.txt`;
  expect((await app.request("PUT", path, { body: file })).status).toBe(200);
  return { run_id, path };
}

/** What a client sees of it. */
async function seen(app: App, { run_id, path }: { run_id: string; path: string }) {
  const [run, model, experiments, downloaded] = await Promise.all([
    app.get(`${api}/runs/get`, { run_id }),
    app.get(`${api}/registered-models/alias`, { name: "model", alias: "champion" }),
    app.post(`${api}/experiments/search`, { max_results: 10 }),
    app.request("GET", path, { redirect: "follow" }),
  ]);
  expect([run, model, experiments, downloaded].map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(downloaded.text).toBe(file);
  return [run.body, model.body, experiments.body];
}

it("a dump that is restored elsewhere has everything, artifacts too", async () => {
  await postgres.run("createdb", "mlflow");
  const first = await startApp({ MLFLOW_BACKEND_STORE_URI: postgres.uriOf("mlflow") });
  const made = await aRunWithAFile(first);
  const before = await seen(first, made);
  await first.close();

  const dump = join(scratch, "mlflow.dump");
  const plain = ["--no-owner", "--no-privileges"];
  await postgres.run("pg_dump", "--format=custom", ...plain, "--dbname", postgres.uriOf("mlflow"), "--file", dump);
  await postgres.run("createdb", "--template", "template0", "mlflow_restored");
  await postgres.run("pg_restore", ...plain, "--exit-on-error", "--dbname", "mlflow_restored", dump);

  const second = await startApp({ MLFLOW_BACKEND_STORE_URI: postgres.uriOf("mlflow_restored") });
  try {
    expect(await seen(second, made)).toEqual(before);
    const { body } = await second.post(`${api}/runs/create`, { experiment_id: "0", run_name: "new" });
    expect(body.run.info.run_id).not.toBe(made.run_id);
    const { body: next } = await second.post(`${api}/experiments/create`, { name: "new" });
    expect(Number(next.experiment_id)).toBeGreaterThan(1);
  } finally {
    await second.close();
  }
});
