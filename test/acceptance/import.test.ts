/** Imports of what stock's servers serve: by SQLite, by folder and over HTTP. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { answersOf, asText, tracesOf, whatStockAnswers } from "../cli/import/answers.ts";
import { aTarget } from "../cli/import/importing.ts";
import { quiet } from "./python.ts";
import { servedPredictions } from "./serve.ts";
import { served } from "./served.ts";
import { startStock } from "./stock-server.ts";
import { venv } from "./venv.ts";

const run = promisify(execFile);

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe.each([
  ["sqlite-3.17.2", "3.17.2", "sqlite:///mlflow.db"],
  ["mlruns-2.22.5", "2.22.5", "./mlruns"],
] as const)("%s, served by stock %s", (name, version, store) => {
  it("is answered by stock as it is recorded, and by the app after an import over HTTP", async () => {
    const { folder, server } = await served(name, version, store, closing);
    const traces = await tracesOf(server.url);
    const expected = await answersOf(server.url, traces);
    await expect(asText(expected)).toMatchFileSnapshot(`../cli/import/${name}.answers.txt`);
    const target = await aTarget(folder);
    closing.push(target.close);
    expect(await target.run(server.url)).toMatchObject({ code: 0 });
    const answers = whatStockAnswers(await answersOf(target.app.url, traces), expected);
    expect(asText(answers)).toBe(asText(expected));
  });
});

it("a local start ends here: its model is served, and a stock server goes on with the database", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-local-start-"));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const bin = join(await venv(mlflowVersion), "bin");
  const env = {
    ...process.env,
    ...quiet,
    PATH: `${bin}:${process.env.PATH}`,
    MLFLOW_TRACKING_URI: "sqlite:///mlruns.db",
  };
  await run(join(bin, "python"), [resolve("examples/quickstart.py")], { env, cwd: folder, maxBuffer: 2 ** 26 });
  const target = await aTarget(folder);
  closing.push(target.close);
  expect(await target.run("mlruns.db")).toMatchObject({ code: 0 });
  const model = "models:/iris-quickstart@champion";
  expect(await servedPredictions(model, { MLFLOW_TRACKING_URI: target.app.url })).toEqual([0, 2]);

  const stock = await startStock({ database: target.app.databaseUri });
  closing.push(stock.stop);
  const ask = async (url: string) => {
    const body = JSON.stringify({ experiment_ids: ["1"], max_results: 100 });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${url}/api/2.0/mlflow/runs/search`, { method: "POST", body, headers });
    const { runs } = (await answer.json()) as { runs: { info: { run_id: string } }[] };
    return runs.map(({ info }) => info.run_id);
  };
  const runs = await ask(stock.url);
  expect(runs).toHaveLength(5);
  expect(await ask(target.app.url)).toEqual(runs);
  const post = { method: "POST", headers: { "content-type": "application/json" } };
  const made = await fetch(`${stock.url}/api/2.0/mlflow/experiments/create`, {
    ...post,
    body: '{"name": "made by stock"}',
  });
  expect(made.status).toBe(200);
});
