/** What ran elsewhere ends here: served, read by a stock client, and answered alike by a stock server on the result. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { BlobServiceClient } from "@azure/storage-blob";
import { afterEach, expect, inject, it, vi } from "vitest";
import { parseAzureUri } from "../../shared/artifacts/roots.ts";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { answersOf, asText } from "../cli/import/answers.ts";
import { aTarget } from "../cli/import/importing.ts";
import { closeDatabases } from "../db/databases.ts";
import { anOldDatabase } from "../db/old.ts";
import { type App, startApp } from "../support/app.ts";
import { aDestination } from "../support/artifacts.ts";
import { python } from "./python.ts";
import { servedPredictions } from "./serve.ts";
import { startStock } from "./stock-server.ts";

// Servers of Python and a client's training, on machines that are busy.
vi.setConfig({ testTimeout: 600_000 });

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-taken-over-"));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const saveModel = `
import sys
import mlflow
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

X, y = load_iris(return_X_y=True, as_frame=True)
mlflow.sklearn.save_model(LogisticRegression(max_iter=500).fit(X, y), sys.argv[1])
`;

/** What a client of 3.18 finds of a model, and of the experiments' runs. */
const readAll = `
import json
import sys
import mlflow

client = mlflow.MlflowClient()
model, alias = sys.argv[1:]
version = client.get_model_version_by_alias(model, alias)
experiments = [one.experiment_id for one in client.search_experiments(view_type=3)]
runs = client.search_runs(experiments, run_view_type=3)
points = [point for run in runs for key in run.data.metrics for point in client.get_metric_history(run.info.run_id, key)]
flavors = mlflow.models.get_model_info(f"models:/{model}@{alias}").flavors
print(json.dumps({"version": version.version, "runs": len(runs), "points": len(points), "flavors": sorted(flavors)}))
`;

async function readByClient(app: App, model: string, alias: string): Promise<Record<string, unknown>> {
  return JSON.parse(await python(mlflowVersion, ["-c", readAll, model, alias], { MLFLOW_TRACKING_URI: app.url }));
}

/** Of both servers on one database; a stock one has another folder for artifacts. */
async function expectSameOfStock(app: App): Promise<void> {
  const stock = await startStock({ database: app.databaseUri });
  closing.push(stock.stop);
  const answers = async (url: string) => {
    const { files: _, ...others } = await answersOf(url, []);
    return asText(others);
  };
  expect(await answers(app.url)).toBe(await answers(stock.url));
}

/** Puts files where a container with the same artifacts destination would have put them. */
async function store(destination: string, folder: string, at: string): Promise<void> {
  const { container, prefix } = parseAzureUri(destination);
  const client = BlobServiceClient.fromConnectionString(inject("storage")).getContainerClient(container);
  await client.createIfNotExists();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const name = [prefix, at, relative(folder, file)].filter(Boolean).join("/");
    await client.getBlockBlobClient(name).uploadData(await readFile(file));
  }
}

it("a container's database of MLflow 2.9 ends here", async () => {
  const folder = join(await aFolder(), "model");
  await python("2.22.5", ["-c", saveModel, folder], {});
  closing.push(closeDatabases);
  const { uri } = await anOldDatabase("2.9.2");
  await promisify(execFile)(process.execPath, [resolve("dist/migrate.cjs")], {
    env: { ...process.env, MLFLOW_BACKEND_STORE_URI: uri },
  });
  const destination = aDestination();
  const app = await startApp({ MLFLOW_BACKEND_STORE_URI: uri, ...destination });
  closing.push(app.close);
  // Version 2 has the alias and the stage; its source is mlflow-artifacts:/old/2.
  await store(destination.MLFLOW_ARTIFACTS_DESTINATION, folder, "old/2");
  const model = "models:/model/Production";
  expect(await servedPredictions(model, { MLFLOW_TRACKING_URI: app.url })).toEqual([0, 2]);
  const read = await readByClient(app, "model", "champion");
  expect(read).toMatchObject({ version: "2", flavors: ["python_function", "sklearn"] });
  expect([read.runs, read.points]).toEqual([6, 75]);
  await expectSameOfStock(app);
});

it("a server of 3.17 ends here by its REST API", async () => {
  const folder = await aFolder();
  const source = await startStock({ database: "sqlite:///mlflow.db", version: "3.17.2", cwd: folder });
  closing.push(source.stop);
  await python("3.17.2", [resolve("examples/quickstart.py")], { MLFLOW_TRACKING_URI: source.url });
  const target = await aTarget(folder);
  closing.push(target.close);
  expect(await target.run(source.url)).toMatchObject({ code: 0 });
  const expected = await answersOf(source.url, []);
  expect(asText(await answersOf(target.app.url, []))).toBe(asText(expected));
  await source.stop();
  const model = "models:/iris-quickstart@champion";
  expect(await servedPredictions(model, { MLFLOW_TRACKING_URI: target.app.url })).toEqual([0, 2]);
  const read = await readByClient(target.app, "iris-quickstart", "champion");
  expect(read).toMatchObject({ runs: 5, flavors: ["python_function", "sklearn"] });
  await expectSameOfStock(target.app);
});
