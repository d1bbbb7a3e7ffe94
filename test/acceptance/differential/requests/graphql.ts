import { each, type Recorded, requestsOf } from "../request.ts";

const { post } = requestsOf("graphql", "/api/2.0/mlflow");
const { post: send } = requestsOf("graphql", "");
const ask = (name: string, query: string, d: object = {}) => send(name, "/graphql", { query, variables: { _d: d } });

const dataset = (name: string) => ({ name, digest: `digest of ${name}`, source_type: "local", source: "{}" });

const isPrompt = { key: "mlflow.prompt.is_prompt", value: "true" };

const seeded: Recorded[] = [
  post("an experiment", "/experiments/create", { name: "graphql" }, { save: { exp: "experiment_id" } }),
  post(
    "a run",
    "/runs/create",
    { experiment_id: "$exp", start_time: 1, run_name: "asked" },
    { save: { run: "run.info.run_id" } },
  ),
  post("fill the run", "/runs/log-batch", {
    run_id: "$run",
    metrics: [1, 2, "NaN"].map((value, step) => ({ key: "m", value, timestamp: step, step })),
    params: [{ key: "p", value: "v" }],
    tags: [{ key: "t", value: "" }],
  }),
  post("log datasets", "/runs/log-inputs", {
    run_id: "$run",
    datasets: ["c", "a", "b"].map((name) => ({
      dataset: dataset(name),
      tags: [{ key: "mlflow.data.context", value: "training" }],
    })),
  }),
  post("a model", "/registered-models/create", { name: "asked" }),
  post("a version", "/model-versions/create", { name: "asked", source: "s3://bucket/1", run_id: "$run" }),
  post("another version", "/model-versions/create", { name: "asked", source: "s3://bucket/2", description: "two" }),
  post("a prompt", "/registered-models/create", { name: "asked prompt", tags: [isPrompt] }),
  post("a prompt's version of the run", "/model-versions/create", {
    ...{ name: "asked prompt", source: "prompt-template", run_id: "$run" },
    tags: [isPrompt, { key: "mlflow.prompt.text", value: "hello" }],
  }),
];

const run = `info { runId runUuid runName userId status startTime endTime lifecycleStage }
  data { metrics { key value timestamp step datasetName modelId } params { key value } tags { key value } }
  inputs { datasetInputs { tags { key value } dataset { name digest sourceType source schema profile } } modelInputs { modelId } }
  outputs { modelOutputs { modelId step } } experiment { name lifecycleStage tags { key value } workspace }
  modelVersions { name version source status currentStage description runLink aliases modelId }`;
const getRun = `query Q($_d: MlflowGetRunInput) { mlflowGetRun(input: $_d) { run { ${run} } apiError { code } } }`;
const searchRuns = (operation: string) =>
  `${operation} Q($_d: MlflowSearchRunsInput) { mlflowSearchRuns(input: $_d) { runs { ${run} } nextPageToken } }`;
const searchDatasets = `mutation Q($_d: MlflowSearchDatasetsInput) { mlflowSearchDatasets(input: $_d) {
  datasetSummaries { name digest context } apiError { code } } }`;
const searchVersions = `query Q($_d: MlflowSearchModelVersionsInput) { mlflowSearchModelVersions(input: $_d) {
  modelVersions { name version source status currentStage description runId aliases tags { key value } modelId userId
    statusMessage modelParams { name value } modelMetrics { key value } deploymentJobState { jobId currentTaskName } }
  nextPageToken } }`;
const listArtifacts = `query Q($_d: MlflowListArtifactsInput) { mlflowListArtifacts(input: $_d) {
  rootUri files { path isDir fileSize } nextPageToken apiError { code } } }`;
const histories = `query Q($_d: MlflowGetMetricHistoryBulkIntervalInput) { mlflowGetMetricHistoryBulkInterval(input: $_d) {
  metrics { key value timestamp step runId } } }`;
const impossible = ["2147483648", "9223372036854775808"];

export const graphql: Recorded[] = [
  ...seeded,
  ask("a run with all it has", getRun, { runId: "$run" }),
  ask("a run by its older name", getRun, { runUuid: "$run" }),
  ask("an unknown run", getRun, { runId: "nobody" }),
  ask("no run", getRun),
  ask("an unknown experiment", '{ mlflowGetExperiment(input: {experimentId: "99999"}) { experiment { name } } }'),
  ask("runs", searchRuns("query"), { experimentIds: ["$exp"] }),
  ask("runs by a mutation", searchRuns("mutation"), { experimentIds: ["$exp"], runViewType: "ALL" }),
  ask("deleted runs", searchRuns("query"), { experimentIds: ["$exp"], runViewType: "DELETED_ONLY" }),
  ask("runs by a bad filter", searchRuns("query"), { experimentIds: ["$exp"], filter: "nonsense" }),
  ask("runs of a bad experiment", searchRuns("query"), { experimentIds: ["abc"] }),
  ...each(impossible, (id) => ask(`runs of ${id}`, searchRuns("query"), { experimentIds: ["$exp", id] })),
  ...each([0, -1, 50_001], (maxResults) => ask(`at most ${maxResults} runs`, searchRuns("query"), { maxResults })),
  ask("datasets", searchDatasets, { experimentIds: ["0"] }),
  ask("datasets of no experiment", searchDatasets, { experimentIds: [] }),
  ask("datasets of 21 experiments", searchDatasets, { experimentIds: Array(21).fill("0") }),
  ...each(impossible, (id) => ask(`datasets of ${id}`, searchDatasets, { experimentIds: [id] })),
  ask("versions", searchVersions, { filter: "name = 'asked'" }),
  ask("versions, one at most", searchVersions, { filter: "name = 'asked'", maxResults: "1" }),
  ask("versions in order", searchVersions, { filter: "name = 'asked'", orderBy: ["version_number ASC"] }),
  ask("versions by a bad filter", searchVersions, { filter: "nonsense" }),
  ask("a folder", listArtifacts, { runId: "$run" }),
  ask("a folder that is not there", listArtifacts, { runId: "$run", path: "x/y" }),
  ask("a folder outside", listArtifacts, { runId: "$run", path: "../x" }),
  ask("a folder of an unknown run", listArtifacts, { runId: "nobody" }),
  ask("a history", histories, { runIds: ["$run"], metricKey: "m" }),
  ask("a history of nothing", histories, { runIds: [], metricKey: "m" }),
  ask("an echo", '{ test(inputString: "hi") { output } }'),
  ask("an echo of a mutation", 'mutation { testMutation(inputString: "hi") { output } }'),
  ask("eleven root fields", `{ ${'test(inputString: "x") { output } '.repeat(11)} }`),
  ask("too deep a query", `{ ${"a { ".repeat(11)} b ${"} ".repeat(11)} }`),
];
