import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aModel, anExperiment, aRun, aVersion, times, unique } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const ask = (query: string, variables: object = {}) => app.post("/graphql", { query, variables });

const getRun = `query GetRun($data: MlflowGetRunInput!) @component(name: "MLflow.ExperimentRunTracking") {
  mlflowGetRun(input: $data) {
    apiError { helpUrl code message }
    run {
      info { runName status runUuid runId startTime endTime experimentId userId artifactUri lifecycleStage }
      experiment { experimentId name tags { key value } artifactLocation lifecycleStage lastUpdateTime }
      data { metrics { key value step timestamp } params { key value } tags { key value } }
      inputs { datasetInputs { dataset { digest name } tags { key value } } modelInputs { modelId } }
      outputs { modelOutputs { modelId step } }
      modelVersions { status version name source }
    }
  }
}`;

describe("GET /graphql", () => {
  it("answers what POST answers", async () => {
    const query = '{ test(inputString: "a") { output } }';
    const { status, body } = await app.get("/graphql", { query });
    expect([status, body]).toEqual([200, (await ask(query)).body]);
    expect(body.data.test.output).toBe("a");
  });
});

describe("POST /graphql", () => {
  it("answers a run with all it has, int64 as text", async () => {
    const name = unique("graphql");
    const experiment_id = await anExperiment(app, { name });
    const run_id = await aRun(app, { experiment_id, run_name: "one" });
    const metric = { timestamp: "9007199254740993", step: 7 };
    await app.post("/api/2.0/mlflow/runs/log-batch", {
      run_id,
      metrics: [
        { key: "loss", value: 0.5, ...metric },
        { key: "nothing", value: "NaN", ...metric },
      ],
      params: [{ key: "depth", value: "3" }],
      tags: [],
    });
    const model = await aModel(app);
    await aVersion(app, model, { run_id });
    const { body } = await ask(getRun, { data: { runId: run_id } });
    expect(body.errors).toBeNull();
    const { run, apiError } = body.data.mlflowGetRun;
    expect(apiError).toBeNull();
    expect(run.info).toMatchObject({ runName: "one", status: "RUNNING", startTime: "1700000000000", endTime: "0" });
    expect(run.experiment).toMatchObject({ experimentId: experiment_id, name, tags: [] });
    expect(run.data.metrics).toContainEqual({ key: "loss", value: 0.5, step: "7", timestamp: "9007199254740993" });
    expect(run.data.metrics).toContainEqual(expect.objectContaining({ key: "nothing", value: null }));
    expect(run.data.params).toEqual([{ key: "depth", value: "3" }]);
    expect(run.inputs).toEqual({ datasetInputs: [], modelInputs: [] });
    expect(run.outputs).toEqual({ modelOutputs: [] });
    expect(run.modelVersions).toEqual([{ status: "READY", version: "1", name: model, source: "s3://bucket/model" }]);
  });

  it("answers experiments, and null with MLflow's message for one that is missing", async () => {
    const query =
      "query A($input: MlflowGetExperimentInput!) { mlflowGetExperiment(input: $input) { experiment { name } } }";
    expect((await ask(query, { input: { experimentId: "0" } })).body).toEqual({
      data: { mlflowGetExperiment: { experiment: { name: "Default" } } },
      errors: null,
    });
    expect(await ask(query, { input: { experimentId: "987654" } })).toMatchObject({
      status: 200,
      body: { data: { mlflowGetExperiment: null }, errors: ["No Experiment with id=987654 exists"] },
    });
  });

  it("searches runs in pages, with the model versions of all in one statement", async () => {
    const experiment_id = await anExperiment(app);
    const runIds = await times(3, () => aRun(app, { experiment_id }));
    const model = await aModel(app);
    await aVersion(app, model, { run_id: runIds[1] });
    const query = `query S($data: MlflowSearchRunsInput!) { mlflowSearchRuns(input: $data) {
      nextPageToken runs { info { runId } experiment { experimentId } modelVersions { name version } } } }`;
    const data = {
      experimentIds: [experiment_id],
      maxResults: 2,
      runViewType: "ACTIVE_ONLY",
      orderBy: ["start_time ASC"],
    };
    const first = (await ask(query, { data })).body.data.mlflowSearchRuns;
    const second = (await ask(query, { data: { ...data, pageToken: first.nextPageToken } })).body.data.mlflowSearchRuns;
    expect([first.runs.length, second.runs.length, second.nextPageToken]).toEqual([2, 1, ""]);
    const found = [...first.runs, ...second.runs];
    expect(found.map(({ info }) => info.runId).sort()).toEqual([...runIds].sort());
    for (const { info, experiment, modelVersions } of found) {
      expect(experiment.experimentId).toBe(experiment_id);
      expect(modelVersions).toEqual(info.runId === runIds[1] ? [{ name: model, version: "1" }] : []);
    }
  });

  it("leaves prompts out of a run's model versions, as a search of model versions does", async () => {
    const run_id = await aRun(app);
    const [model, prompt, taggedLater] = [await aModel(app), await aModel(app), await aModel(app)];
    const ofPrompt = { source: "prompt-template", tags: [{ key: "mlflow.prompt.is_prompt", value: "true" }] };
    await aVersion(app, model, { run_id });
    await aVersion(app, prompt, { run_id, ...ofPrompt });
    await aVersion(app, taggedLater, { run_id });
    await aVersion(app, taggedLater, ofPrompt);
    const { body } = await ask(getRun, { data: { runId: run_id } });
    expect(body.data.mlflowGetRun.run.modelVersions.map(({ name }: { name: string }) => name)).toEqual([model]);
  });

  it("samples metric histories", async () => {
    const run_id = await aRun(app);
    const metrics = Array.from({ length: 10 }, (_, step) => ({ key: "m", value: step, timestamp: step, step }));
    await app.post("/api/2.0/mlflow/runs/log-batch", { run_id, metrics });
    const query = `query H($data: MlflowGetMetricHistoryBulkIntervalInput!) {
      mlflowGetMetricHistoryBulkInterval(input: $data) { metrics { step value runId } } }`;
    const { body } = await ask(query, { data: { runIds: [run_id], metricKey: "m", maxResults: 5 } });
    const steps = body.data.mlflowGetMetricHistoryBulkInterval.metrics.map(({ step }: { step: string }) => step);
    expect([steps.length, steps[0], steps.at(-1)]).toEqual([5, "0", "9"]);
  });

  it("names what a query asks and the schema does not have", async () => {
    expect(await ask("{ nothing }")).toMatchObject({
      status: 200,
      body: { data: null, errors: ['Cannot query field "nothing" on type "Query".'] },
    });
  });

  it("refuses what is not GraphQL", async () => {
    expect(await ask("{ a b")).toMatchObject({ status: 400, body: { error_code: "INVALID_PARAMETER_VALUE" } });
    expect(await app.post("/graphql", {})).toMatchObject({ status: 400 });
  });

  it("limits root fields, aliases, depth and selections", async () => {
    const experiment = (alias: string) =>
      `${alias} mlflowGetExperiment(input: {experimentId: "0"}) { experiment { name } }`;
    const errorsOf = async (query: string) => (await ask(query)).body.errors?.[0];
    const many = (count: number, each: (index: number) => string) =>
      Array.from({ length: count }, (_, i) => each(i)).join(" ");
    expect(await errorsOf(`{ ${many(11, () => experiment(""))} }`)).toMatch(/at most 10 root fields, got 11/);
    expect(await errorsOf(`{ ${many(10, (i) => experiment(`a${i}:`))} }`)).toBeUndefined();
    const aliased = `{ mlflowGetExperiment { experiment { ${many(11, (i) => `a${i}: name`)} } } }`;
    expect(await errorsOf(aliased)).toMatch(/at most 10 aliases, got 11/);
    const inFragments = `{ mlflowGetExperiment { experiment { ...A ...B } } }
      fragment A on MlflowExperiment { ${many(6, (i) => `a${i}: name`)} }
      fragment B on MlflowExperiment { ${many(6, (i) => `b${i}: name`)} }`;
    expect(await errorsOf(inFragments)).toMatch(/at most 10 aliases, got 12/);
    expect(await errorsOf(`{ ${"a { ".repeat(11)} b ${"} ".repeat(11)} }`)).toBe("Query exceeds maximum depth of 10");
    expect(await errorsOf(`{ mlflowGetExperiment { experiment { ${"name ".repeat(1000)} } } }`)).toMatch(/1000/);
  });
});
