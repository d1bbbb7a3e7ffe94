/** What a tracking server answers about everything it holds, without what differs between a source and its import. */

// biome-ignore lint/suspicious/noExplicitAny: any version's answers are looked into.
type Json = any;

const views = { view_type: "ALL", run_view_type: "ALL", max_results: 1000 };

/**
 * The ids of a server's traces.
 */
export async function tracesOf(url: string): Promise<string[]> {
  const { experiments } = (await (
    await fetch(`${url}/api/2.0/mlflow/experiments/search?view_type=ALL&max_results=1000`)
  ).json()) as Json;
  const query = experiments.map((one: Json) => `experiment_ids=${one.experiment_id}`).join("&");
  const answer = await fetch(`${url}/api/2.0/mlflow/traces?${query}&max_results=100`);
  const { traces = [] } = answer.ok ? ((await answer.json()) as Json) : {};
  return traces.map((one: Json) => one.request_id);
}

/** By names of experiments, since ids of a file store change; artifact URIs below their experiment's. */
export async function answersOf(url: string, traceIds: readonly string[]): Promise<Json> {
  const ask = async (path: string, body?: unknown): Promise<Json> => {
    const response = await fetch(`${url}${path}`, {
      ...(body !== undefined && {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      }),
    });
    return response.ok ? JSON.parse((await response.text()).replace(/: NaN/g, ': "NaN"')) : {};
  };
  const { experiments = [] } = await ask("/api/2.0/mlflow/experiments/search", views);
  const ids = experiments.map((one: Json) => one.experiment_id);
  const { runs = [] } = await ask("/api/2.0/mlflow/runs/search", { ...views, experiment_ids: ids });
  const histories: Json = {};
  const files: Json = {};
  for (const { info, data } of runs) {
    // File stores tell whose a metric is within the run, too.
    for (const metric of data.metrics ?? []) delete metric.run_id;
    for (const { key } of data.metrics ?? []) {
      const query = new URLSearchParams({ run_id: info.run_id, metric_key: key });
      const { metrics } = await ask(`/api/2.0/mlflow/metrics/get-history?${query}`);
      histories[`${info.run_id} ${key}`] = metrics
        .map(({ value, timestamp, step }: Json) => [value, timestamp, step])
        .sort();
    }
    files[info.run_id] = await filesIn(ask, info.run_id, "");
  }
  const { registered_models = [] } = await ask("/api/2.0/mlflow/registered-models/search?max_results=100");
  const { model_versions = [] } = await ask("/api/2.0/mlflow/model-versions/search?max_results=1000");
  for (const model of registered_models) {
    const found = await ask(`/api/2.0/mlflow/registered-models/get?${new URLSearchParams({ name: model.name })}`);
    model.all_aliases = found.registered_model.aliases;
    // Databases tell them in other places than file stores do.
    for (const one of [model, ...(model.latest_versions ?? [])]) delete one.aliases;
  }
  for (const one of model_versions) delete one.aliases;
  const { models = [] } = await ask("/api/2.0/mlflow/logged-models/search", { experiment_ids: ids });
  const traces = [];
  for (const id of traceIds) {
    const { trace } = await ask(`/api/3.0/mlflow/traces/get?trace_id=${id}`);
    const older = await ask(`/api/2.0/mlflow/traces/${id}/info`);
    traces.push({ id, trace, older });
  }
  // By id, so that a difference is seen where it is.
  const byRun = Object.fromEntries(runs.map((run: Json) => [run.info.run_id, run]));
  const all = { experiments, runs: byRun, histories, files, registered_models, model_versions, models, traces };
  return sorted(comparable(JSON.stringify(all), experiments));
}

async function filesIn(ask: (path: string) => Promise<Json>, run_id: string, path: string): Promise<Json[]> {
  const { files = [] } = await ask(`/api/2.0/mlflow/artifacts/list?${new URLSearchParams({ run_id, path })}`);
  const below = files.map(async (file: Json) =>
    file.is_dir ? filesIn(ask, run_id, file.path) : [[file.path, file.file_size]],
  );
  return (await Promise.all(below)).flat().sort();
}

/** Members that versions and servers word otherwise, or that no API gives to an importer. */
const left = new Set(["experiment_id", "workspace", "run_uuid", "trace_location", "kind"]);
const tagsLeft = new Set(["mlflow_functions.import.experiment_id", "mlflow.artifactLocation"]);

function comparable(text: string, experiments: Json[]): Json {
  const byLength = [...experiments].sort((one, other) => other.artifact_location.length - one.artifact_location.length);
  let named = text;
  for (const { artifact_location: at, name, experiment_id: id } of byLength)
    named = named
      .replaceAll(JSON.stringify(at).slice(1, -1).replace(`/.trash/${id}`, `/${id}`), `<${name}>`)
      .replaceAll(`file://${at}`, `<${name}>`);
  return JSON.parse(named, function (this: Json, key, value) {
    if (left.has(key) || value === "" || value === null) return undefined;
    // A database holds the largest number for it, as stock's does.
    if (value === "Infinity") return Number.MAX_VALUE;
    if (typeof value !== "object") return value;
    // What is not set is left out by some versions, and an empty list or object by others.
    const isEmpty = (one: Json) => one === undefined || tagsLeft.has(one.key);
    if (Object.entries(value).every(([name, one]) => tagsLeft.has(name) || isEmpty(one))) return undefined;
    return value;
  });
}

/** Lists of tags, params and metrics have no order. */
function sorted(value: Json): Json {
  if (Array.isArray(value))
    return value
      .filter((one) => one !== null && one !== undefined && !tagsLeft.has(one?.key))
      .map(sorted)
      .map((one) => [JSON.stringify(one), one])
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, one]) => one);
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).filter(([key]) => !tagsLeft.has(key));
  return Object.fromEntries(
    members.sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, one]) => [key, sorted(one)]),
  );
}

export const asText = (answers: Json): string => `${JSON.stringify(answers, null, 1)}\n`;

/** Stock can't list the artifacts of what is in the trash of a file store, and has fewer routes in older versions. */
export function whatStockAnswers(answers: Json, expected: Json): Json {
  const { files = {}, traces = [], ...others } = answers;
  const known = Object.keys(files).filter((run) => expected.files[run]);
  const has = (id: string, route: string) => expected.traces.find((one: Json) => one.id === id)[route] !== undefined;
  return sorted({
    ...others,
    files: Object.fromEntries(known.map((run) => [run, files[run]])),
    ...(traces.length > 0 && {
      traces: traces.map(({ id, trace, older }: Json) => ({
        id,
        ...(has(id, "trace") && { trace }),
        ...(has(id, "older") && { older }),
      })),
    }),
  });
}
