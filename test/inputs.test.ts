import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aLoggedModel, anExperiment, aRun, theRun, times } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const post = (route: string, body: unknown) => app.post(`/api/2.0/mlflow/runs/${route}`, body);
const logInputs = (run_id: string, body: object) => post("log-inputs", { run_id, ...body });
const searchDatasets = (experiment_ids: unknown) =>
  app.post("/ajax-api/2.0/mlflow/experiments/search-datasets", { experiment_ids });

const aDataset = (name: string, more: object = {}) => ({
  name,
  digest: `of ${name}`,
  source_type: "local",
  source: "{}",
  ...more,
});
const context = (value: string) => [{ key: "mlflow.data.context", value }];

describe("POST runs/log-inputs", () => {
  it("logs datasets with their tags, and models", async () => {
    const run = await aRun(app);
    const full = aDataset("train", { schema: '{"a":1}', profile: '{"rows":5}' });
    const model_id = await aLoggedModel(app);
    const { status, body } = await logInputs(run, {
      datasets: [{ dataset: full, tags: context("training") }],
      models: [{ model_id }, { model_id }],
    });
    expect([status, body]).toEqual([200, {}]);
    expect((await theRun(app, run)).inputs).toEqual({
      dataset_inputs: [{ dataset: full, tags: context("training") }],
      model_inputs: [{ model_id }],
    });
  });

  it("leaves alone what the run has already, its tags too", async () => {
    const run = await aRun(app);
    const again = (value: string, model: string) =>
      logInputs(run, {
        datasets: [{ dataset: aDataset("train"), tags: context(value) }],
        models: [{ model_id: model }],
      });
    await again("training", "m-1");
    expect((await again("evaluation", "m-1")).status).toBe(200);
    expect((await theRun(app, run)).inputs).toEqual({
      dataset_inputs: [{ dataset: aDataset("train"), tags: context("training") }],
      model_inputs: [{ model_id: "m-1" }],
    });
  });

  it("keeps a dataset once in an experiment, as it was logged first", async () => {
    const experiment_id = await anExperiment(app);
    const [first, second] = [await aRun(app, { experiment_id }), await aRun(app, { experiment_id })];
    await logInputs(first, { datasets: [{ dataset: aDataset("d") }, { dataset: aDataset("d", { source: "later" }) }] });
    await logInputs(second, { datasets: [{ dataset: aDataset("d", { source: "later" }), tags: context("x") }] });
    expect((await theRun(app, second)).inputs.dataset_inputs).toEqual([{ dataset: aDataset("d"), tags: context("x") }]);
    const { rows } = await app.db.query("SELECT * FROM datasets WHERE experiment_id = $1", [experiment_id]);
    expect(rows).toHaveLength(1);
  });

  it("keeps the order in which inputs were logged", async () => {
    const run = await aRun(app);
    const names = Array.from({ length: 12 }, (_, index) => `dataset ${(index * 7) % 12}`);
    const models = names.map((name) => `m-${name.slice(8)}`);
    for (const at of [0, 4, 8])
      await logInputs(run, {
        datasets: names.slice(at, at + 4).map((name) => ({ dataset: aDataset(name), tags: context("training") })),
        models: models.slice(at, at + 4).map((model_id) => ({ model_id })),
      });
    await post("outputs", { run_id: run, models: models.map((model_id) => ({ model_id })) });
    const { inputs, outputs } = await theRun(app, run);
    const namesOf = (logged: { dataset: { name: string } }[]) => logged.map(({ dataset }) => dataset.name);
    const idsOf = (logged: { model_id: string }[]) => logged.map(({ model_id }) => model_id);
    expect(namesOf(inputs.dataset_inputs)).toEqual(names);
    expect(idsOf(inputs.model_inputs)).toEqual(models);
    expect(idsOf(outputs.model_outputs)).toEqual(models);
    const experiment = (await theRun(app, run)).info.experiment_id;
    const { body } = await post("search", { experiment_ids: [experiment] });
    expect(namesOf(body.runs[0].inputs.dataset_inputs)).toEqual(names);
  });

  it("answers what a stock server logged as it was inserted, before what is logged here", async () => {
    const run = await aRun(app);
    const { experiment_id } = (await theRun(app, run)).info;
    const uuids = ["ffff", "aaaa", "bbbb"].map((word) => `${word.repeat(3)}4${"0".repeat(19)}`);
    for (const [index, uuid] of uuids.entries()) {
      const values = [`${uuid.slice(0, 30)}d${index}`, experiment_id, `stock ${index}`, `digest ${index}`];
      await app.db.query(
        `INSERT INTO datasets (dataset_uuid, experiment_id, name, digest, dataset_source_type, dataset_source)
         VALUES ($1, $2, $3, $4, 'local', '{}')`,
        values,
      );
      await app.db.query(
        `INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id)
         VALUES ($1, 'DATASET', $2, 'RUN', $3)`,
        [uuid, values[0], run],
      );
    }
    await logInputs(run, { datasets: [{ dataset: aDataset("ours 1") }, { dataset: aDataset("ours 0") }] });
    const { inputs } = await theRun(app, run);
    expect(inputs.dataset_inputs.map(({ dataset }: { dataset: { name: string } }) => dataset.name)).toEqual([
      ...["stock 0", "stock 1", "stock 2", "ours 1", "ours 0"],
    ]);
  });

  it("is logged by parallel requests, to one run and to many", async () => {
    const experiment_id = await anExperiment(app);
    const runs = await times(8, () => aRun(app, { experiment_id }));
    const names = ["a", "b", "c", "d"];
    const answers = await times(64, (index) => {
      const order = index % 2 ? names : [...names].reverse();
      const datasets = order.map((name) => ({ dataset: aDataset(name), tags: context("training") }));
      return logInputs(runs[index % 8]!, { datasets, models: [{ model_id: "m-1" }] });
    });
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const { rows } = await app.db.query("SELECT name FROM datasets WHERE experiment_id = $1 ORDER BY name", [
      experiment_id,
    ]);
    expect(rows.map(({ name }) => name)).toEqual(names);
    for (const run of runs) {
      const { dataset_inputs, model_inputs } = (await theRun(app, run)).inputs;
      expect(dataset_inputs).toHaveLength(4);
      for (const { tags } of dataset_inputs) expect(tags).toEqual(context("training"));
      expect(model_inputs).toEqual([{ model_id: "m-1" }]);
    }
  });

  it("takes no datasets and half-empty ones", async () => {
    const run = await aRun(app);
    for (const body of [{}, { datasets: [] }, { datasets: [{ tags: [] }] }, { datasets: [{ dataset: {} }] }])
      expect((await logInputs(run, body)).status).toBe(200);
    expect((await theRun(app, run)).inputs.dataset_inputs).toEqual([
      { dataset: { name: "", digest: "", source_type: "", source: "" } },
    ]);
  });

  it("refuses what is too long, a tag given twice, and changes nothing", async () => {
    const run = await aRun(app);
    const logged = async (dataset: object, tags: object[] = []) =>
      (await logInputs(run, { datasets: [{ dataset: aDataset("good") }, { dataset, tags }] })).body;
    const tooLong = (name: string, limit: number) => `'${name}' exceeds the maximum length of ${limit} characters`;
    expect((await logged(aDataset("n".repeat(501)))).message).toBe(tooLong("name", 500));
    expect((await logged(aDataset("d", { digest: "d".repeat(37) }))).message).toBe(tooLong("digest", 36));
    expect((await logged(aDataset("s", { source: "s".repeat(65_536) }))).message).toBe(tooLong("source", 65_535));
    expect((await logged(aDataset("k"), [{ key: "k".repeat(256), value: "" }])).message).toBe(tooLong("key", 255));
    expect((await logged(aDataset("v"), [{ key: "k", value: "v".repeat(501) }])).message).toBe(tooLong("value", 500));
    expect((await logged(aDataset("t"), [...context("a"), ...context("b")])).error_code).toBe("BAD_REQUEST");
    expect((await theRun(app, run)).inputs).toEqual({});
  });

  it("refuses an unknown, a malformed and a deleted run", async () => {
    expect((await logInputs("nobody", {})).body.message).toBe("Run with id=nobody not found");
    expect((await logInputs("../x", {})).body.message).toBe(`Invalid value "../x" for parameter 'run_id' supplied.`);
    const run_id = await aRun(app);
    await post("delete", { run_id });
    const { status, body } = await logInputs(run_id, { datasets: [{ dataset: aDataset("d") }] });
    expect(status).toBe(400);
    expect(body.message).toBe(`The run ${run_id} must be in the 'active' state. Current state is deleted.`);
  });
});

describe("POST runs/outputs", () => {
  it("logs models with their steps", async () => {
    const run_id = await aRun(app);
    const models = [{ model_id: "m-1", step: "9223372036854775807" }, { model_id: "m-2" }];
    expect((await post("outputs", { run_id, models })).body).toEqual({});
    const { model_outputs } = (await theRun(app, run_id)).outputs;
    expect(model_outputs).toHaveLength(2);
    expect(model_outputs).toContainEqual({ model_id: "m-2", step: 0 });
    expect(app.lastText()).toContain('"step":9223372036854775807');
  });

  it("refuses a model that is an output already, no list, and an unknown or deleted run", async () => {
    const run_id = await aRun(app);
    const models = [{ model_id: "m-1", step: 1 }];
    await post("outputs", { run_id, models });
    const again = await post("outputs", { run_id, models: [{ model_id: "m-0", step: 1 }, ...models] });
    expect(again.body.error_code).toBe("BAD_REQUEST");
    expect((await theRun(app, run_id)).outputs.model_outputs).toEqual(models);
    expect((await post("outputs", { run_id, models: [] })).status).toBe(200);
    expect((await post("outputs", { run_id })).body.message).toContain("Missing value for required parameter 'models'");
    expect((await post("outputs", { run_id: "nobody", models })).body.message).toBe("Run with id=nobody not found");
    await post("delete", { run_id });
    expect((await post("outputs", { run_id, models })).status).toBe(400);
  });
});

describe("POST experiments/search-datasets", () => {
  it("answers each dataset once for each context", async () => {
    const experiment_id = await anExperiment(app);
    const runs = await times(3, () => aRun(app, { experiment_id }));
    await logInputs(runs[0]!, {
      datasets: [{ dataset: aDataset("b"), tags: context("training") }, { dataset: aDataset("a") }],
    });
    await logInputs(runs[1]!, { datasets: [{ dataset: aDataset("b"), tags: context("training") }] });
    await logInputs(runs[2]!, { datasets: [{ dataset: aDataset("b"), tags: context("testing") }] });
    expect((await searchDatasets([experiment_id])).body).toEqual({
      dataset_summaries: [
        { experiment_id, name: "a", digest: "of a" },
        { experiment_id, name: "b", digest: "of b", context: "testing" },
        { experiment_id, name: "b", digest: "of b", context: "training" },
      ],
    });
  });

  it("is empty for experiments without datasets", async () => {
    expect((await searchDatasets([await anExperiment(app), "99999"])).body).toEqual({});
  });

  it("refuses no experiments, too many, malformed ones, and is not served under /api", async () => {
    expect((await searchDatasets([])).body.message).toBe(
      "SearchDatasets request must specify at least one experiment_id.",
    );
    expect((await searchDatasets(Array(21).fill("0"))).body.message).toBe(
      "SearchDatasets request cannot specify more than 20 experiment_ids. Received 21 experiment_ids.",
    );
    expect((await searchDatasets(["abc"])).status).toBe(400);
    const elsewhere = await app.post("/api/2.0/mlflow/experiments/search-datasets", { experiment_ids: ["0"] });
    expect(elsewhere.status).toBe(404);
  });
});
