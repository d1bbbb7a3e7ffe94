/** What becomes of a row on its way: ids of experiments and places of artifacts are the target's. */
import type { Destination } from "./experiments.ts";
import { formerIdTag } from "./experiments.ts";
import type { Rows } from "./source.ts";
import type { Row, TableName } from "./tables.ts";

const artifactLocation = "mlflow.artifactLocation";
/** Of prompts: the ids of their experiments, between commas. */
const experimentIds = "_mlflow_experiment_ids";

type Rewrite = (row: Row) => Row;

const places = {
  run: (location: string, id: string) => `${location}/${id}/artifacts`,
  logged_model: (location: string, id: string) => `${location}/models/${id}/artifacts`,
  trace: (location: string, id: string) => `${location}/traces/${id}/artifacts`,
};

/** Where the artifacts of a run, logged model or trace lie in the target, as the app itself would put them. */
export const placeOf = (kind: keyof typeof places, { location }: Destination, id: string) => places[kind](location, id);

/** The rows of one experiment as the target has them. */
export function rewriteExperiment(destination: Destination, isMoved: (uri: string) => boolean): (rows: Rows) => Rows {
  const { source, id, location } = destination;
  const moved = (uri: unknown, to: string) => (typeof uri !== "string" || isMoved(uri) ? to : uri);
  const own: Rewrite = (row) => ({ ...row, experiment_id: id });
  const same = id === source.id;
  const rewrites: Partial<Record<TableName, Rewrite>> = {
    experiments: (row) => ({ ...row, experiment_id: id, artifact_location: moved(row.artifact_location, location) }),
    runs: (row) => ({
      ...row,
      experiment_id: id,
      artifact_uri: moved(row.artifact_uri, placeOf("run", destination, String(row.run_uuid))),
    }),
    logged_models: (row) => ({
      ...row,
      experiment_id: id,
      artifact_location: moved(row.artifact_location, placeOf("logged_model", destination, String(row.model_id))),
    }),
    trace_tags: (row) =>
      row.key === artifactLocation
        ? { ...row, value: moved(row.value, placeOf("trace", destination, String(row.request_id))) }
        : row,
    ...(!same &&
      Object.fromEntries(
        [
          "experiment_tags",
          "datasets",
          "logged_model_params",
          "logged_model_tags",
          "logged_model_metrics",
          "trace_info",
          "spans",
          "assessments",
        ].map((table) => [table, own]),
      )),
  };
  return (rows) => {
    if (rows.table === "experiment_tags" && !same) return withFormerId(mapped(rows, own), destination);
    const rewrite = rewrites[rows.table];
    return rewrite ? mapped(rows, rewrite) : rows;
  };
}

const withFormerId = ({ table, rows }: Rows, { source, id }: Destination): Rows => ({
  table,
  rows: (async function* () {
    yield* rows;
    yield { key: formerIdTag, value: source.id, experiment_id: id };
  })(),
});

function mapped({ table, rows }: Rows, rewrite: Rewrite): Rows {
  if (Symbol.iterator in rows)
    return {
      table,
      rows: (function* () {
        for (const row of rows) yield rewrite(row);
      })(),
    };
  return {
    table,
    rows: (async function* () {
      for await (const row of rows) yield rewrite(row);
    })(),
  };
}

/** The ids of a prompt's experiments as the target has them. */
export function rewritePromptTag(row: Row, all: ReadonlyMap<string, Destination>): Row {
  if (row.key !== experimentIds || typeof row.value !== "string") return row;
  return { ...row, value: row.value.replace(/\d+/g, (id) => all.get(id)?.id ?? id) };
}

/** The run or logged model in whose artifacts a version's source lies, and where in them. */
export function ownerOfSource(source: string): { kind: "run" | "logged_model"; id: string; rest: string } | undefined {
  const [, models, id, rest = ""] =
    /^(?!runs:|models:).*?\/(models\/)?([\w-]{1,64})\/artifacts(\/.*)?$/.exec(source) ?? [];
  return id === undefined ? undefined : { kind: models ? "logged_model" : "run", id, rest };
}
