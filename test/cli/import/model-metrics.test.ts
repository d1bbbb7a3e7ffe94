/** Metrics of logged models that belong to runs of other experiments. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sqlite from "node-sqlite3-wasm";
import { afterEach, expect, it, vi } from "vitest";
import { aServer } from "./a-server.ts";
import { type Target, unpackedBeside } from "./importing.ts";

// Each import is a process of its own, beside an app.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const from = (name: string) => unpackedBeside(name, closing);

/** Value, name of the model and name of the run's experiment, of all that are there. */
async function metricsIn({ app }: Target): Promise<string[]> {
  const { rows } = await app.db.query<{ text: string }>(`
    SELECT concat_ws(' ', m.metric_value, l.name, e.name, CASE WHEN e.experiment_id <> r.experiment_id THEN 'of another' END) AS text
    FROM logged_model_metrics m JOIN logged_models l USING (model_id) JOIN runs r ON r.run_uuid = m.run_id
      JOIN experiments e ON e.experiment_id = m.experiment_id ORDER BY 1`);
  return rows.map(({ text }) => text);
}

it("come out of SQLite where two experiments measure each other's models", async () => {
  const { target, folder } = await from("sqlite-3.17.2");
  const db = new sqlite.Database(join(folder, "mlflow.db"));
  db.exec(`UPDATE logged_models SET experiment_id = 2 WHERE name = 'unfinished';
    INSERT INTO logged_model_metrics (model_id, metric_name, metric_timestamp_ms, metric_step, metric_value, experiment_id, run_id)
      SELECT l.model_id, 'by another', 5, 0, 10 * l.experiment_id + r.experiment_id, r.experiment_id, r.run_uuid
      FROM logged_models l, runs r WHERE r.name IN ('child', 'in the trash')`);
  db.close();
  expect(await target.run("mlflow.db")).toMatchObject({ code: 0 });
  const all = ["0.25 lm first", "11 lm first", "12 lm trash", "21 unfinished first", "22 unfinished trash"];
  expect(await metricsIn(target)).toEqual(all);
  const before = await target.rows();
  const again = await target.run("mlflow.db");
  expect(again).toMatchObject({ code: 0 });
  expect(again.stdout).toMatch(/^Imported 0 logged models; 2 were there with the same content\.$/m);
  expect(await target.rows()).toEqual(before);

  await target.app.db.query("UPDATE logged_model_metrics SET metric_value = 99 WHERE metric_value = 12");
  const changed = await target.run("mlflow.db");
  expect(changed.code).toBe(1);
  expect(changed.stdout).toMatch(
    /^- The logged model '.*' is there with other content \(table logged_model_metrics\)/m,
  );
});

it("come out of a folder by a later import, where the run's experiment could not come before", async () => {
  const { target, folder } = await from("mlruns-3.17.2");
  const root = join(folder, "mlruns");
  const first = (await readdir(root)).find((name) => /^\d{10,}$/.test(name))!;
  const [trash] = await readdir(join(root, ".trash"));
  const run = (await readdir(join(root, ".trash", trash!))).find((name) => /^[0-9a-f]{32}$/.test(name))!;
  const models = (await readdir(join(root, first, "models"))).map((name) => join(root, first, "models", name));
  const sizes = await Promise.all(models.map(async (model) => (await readdir(join(model, "metrics"))).length));
  const model = models[sizes.findIndex((size) => size > 0)]!;
  const file = join(model, "metrics/of model");
  await writeFile(file, `${await readFile(file, "utf8")}5 0.75 0 ${run}\n6 0.5 0 ${"f".repeat(32)}\n`);
  const broken = join(root, ".trash", trash!, run, "metrics/loss");
  const whole = await readFile(broken, "utf8");
  await writeFile(broken, "no point\n");

  const missing = /^- Metrics of the logged model 'm-.*' that belong to runs which are not here\.$/m;
  const one = await target.run("mlruns");
  expect(one.code).toBe(1);
  expect(one.stdout).toMatch(missing);
  expect(await metricsIn(target)).toEqual(["0.25 lm first"]);
  await writeFile(broken, whole);
  const two = await target.run("mlruns");
  expect(two.code).toBe(0);
  expect(two.stdout).toMatch(missing);
  expect(await metricsIn(target)).toEqual(["0.25 lm first", "0.75 lm trash"]);
});

it("come over HTTP", async () => {
  const runOf = (id: string) => ({
    info: { run_id: id.repeat(32), experiment_id: id, artifact_uri: `mlflow-artifacts:/${id}/x/artifacts` },
    data: {},
  });
  const modelOf = (id: string, run: string) => ({
    info: {
      model_id: `m-${id}`,
      experiment_id: id,
      name: `model ${id}`,
      artifact_uri: `mlflow-artifacts:/${id}/models/m/artifacts`,
    },
    data: { metrics: [{ key: "k", value: Number(run), timestamp: 1, step: 0, run_id: run.repeat(32) }] },
  });
  const { url, close } = await aServer((path, body) => {
    const { experiment_ids: [id = ""] = [], run_id: run = "" } = body as { experiment_ids?: string[]; run_id?: string };
    if (path.endsWith("/experiments/search"))
      return { experiments: ["7", "8"].map((one) => ({ experiment_id: one, name: `experiment ${one}` })) };
    if (path.endsWith("/runs/search")) return { runs: [runOf(id)] };
    if (path.endsWith("/runs/get")) return { run: runOf(run.charAt(0)) };
    if (path.endsWith("/logged-models/search")) return { models: [modelOf(id, id === "7" ? "8" : "7")] };
    return {};
  });
  closing.push(close);
  const { target } = await from("sqlite-2.0.1");
  expect(await target.run(url)).toMatchObject({ code: 0 });
  expect(await metricsIn(target)).toEqual(["7 model 8 experiment 7", "8 model 7 experiment 8"]);
  expect((await target.run(url)).stdout).toMatch(/^Imported 0 logged models; 2 were there with the same content\.$/m);
});
