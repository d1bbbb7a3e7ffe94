import type { Example } from "../example.ts";

const page = (line: string) => line.replace(" ", " /ajax-api/");

const ask = (
  of: string,
  shows: Example["shows"],
  query: string,
  variables: (it: Parameters<Example["ask"]>[0]) => object,
): Example => ({
  at: "POST /graphql",
  of,
  shows,
  ask: (it) => ({ body: { query, variables: { data: variables(it) } } }),
});

const graphql: Example[] = [
  ask(
    "an experiment",
    { noun: "experiment", of: ["own"] },
    "query Q($data: MlflowGetExperimentInput) { mlflowGetExperiment(input: $data) { experiment { name } } }",
    ({ own }) => ({ experimentId: own.experiment }),
  ),
  ask(
    "a run",
    { noun: "run", of: ["own"] },
    `query Q($data: MlflowGetRunInput) {
      mlflowGetRun(input: $data) { run { info { runId } experiment { name } modelVersions { name } } } }`,
    ({ own }) => ({ runId: own.run }),
  ),
  ask(
    "runs",
    { noun: "run" },
    "query Q($data: MlflowSearchRunsInput) { mlflowSearchRuns(input: $data) { runs { info { runId } modelVersions { name } } } }",
    ({ own, other }) => ({ experimentIds: [own.experiment, other.experiment], maxResults: 1000 }),
  ),
  ask(
    "model versions",
    { noun: "version" },
    "query Q($data: MlflowSearchModelVersionsInput) { mlflowSearchModelVersions(input: $data) { modelVersions { name } } }",
    ({ world }) => ({ filter: `name LIKE '%${world.word}'` }),
  ),
  ask(
    "artifacts",
    { noun: "run", of: ["own"] },
    "query Q($data: MlflowListArtifactsInput) { mlflowListArtifacts(input: $data) { rootUri files { path } } }",
    ({ own }) => ({ runId: own.run }),
  ),
  ask(
    "the history of metrics",
    { noun: "run", together: true },
    `query Q($data: MlflowGetMetricHistoryBulkIntervalInput) {
      mlflowGetMetricHistoryBulkInterval(input: $data) { metrics { runId key } } }`,
    ({ own, other }) => ({ runIds: [own.run, other.run], metricKey: "loss" }),
  ),
  ask(
    "datasets",
    { noun: "run" },
    `mutation Q($data: MlflowSearchDatasetsInput) {
      mlflowSearchDatasets(input: $data) { datasetSummaries { experimentId name } } }`,
    ({ own, other }) => ({ experimentIds: [own.experiment, other.experiment] }),
  ),
  { at: "GET /graphql", ask: () => ({ query: { query: '{ test(inputString: "a") { output } }' } }) },
];

/** Answered with nothing to whoever has signed in. */
const forPage: Example[] = [
  { at: page("GET 3.0/mlflow/assistant/config"), ask: () => ({}) },
  { at: page("GET 3.0/mlflow/assistant/providers"), ask: () => ({}) },
  {
    at: page("POST 3.0/mlflow/datasets/search"),
    ask: ({ own }) => ({ body: { experiment_ids: [own.experiment] } }),
  },
  { at: page("GET 2.0/mlflow/gateway-proxy"), ask: () => ({ query: { gateway_path: "api/2.0/endpoints/" } }) },
  { at: page("POST 3.0/mlflow/issues/search"), ask: ({ own }) => ({ body: { experiment_id: own.experiment } }) },
  { at: page("GET 3.0/mlflow/scorers/list"), ask: ({ own }) => ({ query: { experiment_id: own.experiment } }) },
];

export const server: Example[] = [
  ...graphql,
  ...forPage,
  { at: "GET /", ask: () => ({}) },
  { at: "GET /health", ask: () => ({}) },
  { at: "GET /version", ask: () => ({}) },
  { at: "GET /static-files/**:path", ask: () => ({ path: { path: "absent.js" } }) },
  { at: "GET /api/3.0/mlflow/server-info", ask: () => ({}) },
  { at: page("GET 3.0/mlflow/ui-telemetry"), ask: () => ({}) },
  { at: page("POST 3.0/mlflow/ui-telemetry"), ask: () => ({ body: {} }) },
  { at: "GET /api/2.0/mlflow/nothing", of: "an unknown path", ask: () => ({}) },
  { at: "PUT /api/2.0/mlflow/runs/get", of: "an unknown method", ask: () => ({}) },
  { at: "HEAD /version", of: "HEAD", ask: () => ({}) },
];
