import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anExperiment, aRun, theRun, times } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const ask = (query: string, variables: object = {}) => app.post("/graphql", { query, variables });
const aliased = (count: number, each: (alias: string) => string) =>
  Array.from({ length: count }, (_, index) => each(`a${index}`)).join(" ");
const logBatch = (run_id: string, fields: object) =>
  app.post("/api/2.0/mlflow/runs/log-batch", { run_id, metrics: [], params: [], tags: [], ...fields });

async function aCurve(points: number): Promise<string> {
  const run_id = await aRun(app);
  for (let from = 0; from < points; from += 1000) {
    const steps = Array.from({ length: Math.min(1000, points - from) }, (_, index) => from + index);
    await logBatch(run_id, { metrics: steps.map((step) => ({ key: "m", value: step, timestamp: step, step })) });
  }
  return run_id;
}

const histories = (count: number) =>
  `query H($d: MlflowGetMetricHistoryBulkIntervalInput!) { ${aliased(
    count,
    (alias) => `${alias}: mlflowGetMetricHistoryBulkInterval(input: $d) { metrics { key value timestamp step runId } }`,
  )} }`;

describe("what one query may answer", () => {
  it("is each run once, however often it is named", async () => {
    const run = await aCurve(20);
    const { body } = await ask(histories(10), { d: { runIds: Array(1000).fill(run), metricKey: "m" } });
    expect(body.errors).toBeNull();
    for (const { metrics } of Object.values<{ metrics: unknown[] }>(body.data)) expect(metrics).toHaveLength(20);
  });

  it("is read once where aliases ask the same", async () => {
    const run = await aRun(app);
    const rename = (run_name: string) => app.post("/api/2.0/mlflow/runs/update", { run_id: run, run_name });
    await rename("before");
    const query = `{ ${aliased(10, (alias) => `${alias}: mlflowGetRun(input: {runId: "${run}"}) { run { info { runName } } }`)} }`;
    const [{ body }] = await Promise.all([ask(query), rename("after")]);
    const names = Object.values<{ run: { info: { runName: string } } }>(body.data).map(({ run }) => run.info.runName);
    expect(new Set(names).size).toBe(1);
  });

  it("is at most 50,000 points of metrics", async () => {
    const runs = await times(21, () => aCurve(2500));
    const { status, body } = await ask(histories(1), { d: { runIds: runs, metricKey: "m" } });
    expect([status, body.data.a0]).toEqual([200, null]);
    expect(body.errors).toEqual(["One answer can hold at most 50000 points. Ask for fewer runs, or set maxResults."]);
    const sampled = await ask(histories(1), { d: { runIds: runs, metricKey: "m", maxResults: 320 } });
    expect(sampled.body.data.a0.metrics).toHaveLength(21 * 320);
    // Ten times the same points are too many, too.
    const often = await ask(histories(10), { d: { runIds: runs.slice(0, 10), metricKey: "m" } });
    expect(often.status).toBe(400);
    expect(often.body.message).toMatch(/^The query asks for more than 250000 values/);
  });

  it("is at most 16 MiB of text", async () => {
    const run_id = await aRun(app);
    for (let batch = 0; batch < 4; batch++)
      await logBatch(run_id, {
        params: Array.from({ length: 100 }, (_, index) => ({ key: `p${batch} ${index}`, value: "v".repeat(6000) })),
      });
    const params = aliased(10, (alias) => `${alias}: params { key value }`);
    const query = (count: number) =>
      `{ ${aliased(count, (alias) => `${alias}: mlflowGetRun(input: {runId: "${run_id}"}) { run { data { ${params} } } }`)} }`;
    const { status, body } = await ask(query(10));
    expect(status).toBe(400);
    expect(body.message).toBe(
      "The query asks for more than 16777216 characters. Ask for fewer runs, points or fields at once.",
    );
    expect(
      (await ask(`{ mlflowGetRun(input: {runId: "${run_id}"}) { run { data { params { key value } } } } }`)).status,
    ).toBe(200);
  });
});

describe("a query", () => {
  it("is refused before it is parsed where it is too long", async () => {
    const { status, body } = await ask(`{ ${"a".repeat(300_000)} }`);
    expect(status).toBe(400);
    expect(body.message).toContain("at most 262144 characters");
  });
});

describe("the rest of the schema", () => {
  it("echoes", async () => {
    expect((await ask(`{ test(inputString: "hi") { output } }`)).body).toEqual({
      data: { test: { output: "hi" } },
      errors: null,
    });
    expect((await ask(`mutation { testMutation(inputString: "hi") { output } }`)).body).toEqual({
      data: { testMutation: null },
      errors: null,
    });
  });

  it("lists a run's artifacts", async () => {
    const run_id = await aRun(app);
    const uri: string = (await theRun(app, run_id)).info.artifact_uri;
    const folder = uri.replace("mlflow-artifacts:/", "/api/2.0/mlflow-artifacts/artifacts/");
    await app.request("PUT", `${folder}/dir/file.txt`, { body: "hello" });
    await app.request("PUT", `${folder}/empty.txt`, { body: "", headers: { "content-length": "0" } });
    const query = `query L($d: MlflowListArtifactsInput) {
      mlflowListArtifacts(input: $d) { rootUri nextPageToken files { path isDir fileSize } apiError { code } } }`;
    const listed = async (d: object) => (await ask(query, { d })).body.data.mlflowListArtifacts;
    expect(await listed({ runId: run_id })).toEqual({
      rootUri: uri,
      nextPageToken: "",
      files: [
        { path: "dir", isDir: true, fileSize: "0" },
        { path: "empty.txt", isDir: false, fileSize: "0" },
      ],
      apiError: null,
    });
    expect((await listed({ runUuid: run_id, path: "dir" })).files).toEqual([
      { path: "dir/file.txt", isDir: false, fileSize: "5" },
    ]);
    expect((await ask(query, { d: { runId: "nobody" } })).body.errors).toEqual(["Run with id=nobody not found"]);
  });

  it("searches model versions, datasets and, as a mutation, runs", async () => {
    const experiment_id = await anExperiment(app);
    const run_id = await aRun(app, { experiment_id });
    const dataset = { name: "d", digest: "1", source_type: "local", source: "{}" };
    await app.post("/api/2.0/mlflow/runs/log-inputs", { run_id, datasets: [{ dataset }] });
    const versions = `query V($d: MlflowSearchModelVersionsInput) { mlflowSearchModelVersions(input: $d) {
      nextPageToken modelVersions { name version aliases modelParams { name } modelMetrics { key }
        deploymentJobState { jobId jobState runState currentTaskName } } } }`;
    const name = `model of ${run_id}`;
    await app.post("/api/2.0/mlflow/registered-models/create", { name });
    for (let count = 0; count < 2; count++)
      await app.post("/api/2.0/mlflow/model-versions/create", { name, source: "s3://bucket/model" });
    const found = (await ask(versions, { d: { filter: `name = '${name}'`, maxResults: "1" } })).body;
    expect(found.errors).toBeNull();
    expect(found.data.mlflowSearchModelVersions.nextPageToken).not.toBe("");
    expect(found.data.mlflowSearchModelVersions.modelVersions).toEqual([
      {
        ...{ name, version: "2", aliases: [], modelParams: [], modelMetrics: [] },
        deploymentJobState: { jobId: "", jobState: null, runState: null, currentTaskName: "" },
      },
    ]);
    const mutation = `mutation M($d: MlflowSearchDatasetsInput, $r: MlflowSearchRunsInput) {
      mlflowSearchDatasets(input: $d) { datasetSummaries { experimentId name digest context } }
      mlflowSearchRuns(input: $r) { runs { info { runId } } } }`;
    const ids = { experimentIds: [experiment_id, "2147483648"] };
    expect((await ask(mutation, { d: ids, r: ids })).body).toEqual({
      data: {
        mlflowSearchDatasets: {
          datasetSummaries: [{ experimentId: experiment_id, name: "d", digest: "1", context: "" }],
        },
        mlflowSearchRuns: { runs: [{ info: { runId: run_id } }] },
      },
      errors: null,
    });
  });

  it("tells of what the database refuses among the errors", async () => {
    const { status, body } = await ask(`{ mlflowGetRun(input: {runId: "a\\u0000b"}) { run { info { runId } } } }`);
    expect([status, body.data]).toEqual([200, { mlflowGetRun: null }]);
    expect(body.errors).toEqual(["A text holds a character that can't be stored, such as NUL."]);
  });
});
