/** Runs of a tracking server as rows. */
import { createHash } from "node:crypto";
import { distinct, type Point, pointOf, rowOf } from "../metric-rows.ts";
import type { Rows } from "../source.ts";
import type { Row } from "../tables.ts";
import type { Json, Server } from "./client.ts";
import { list, object, pairs, text, whole } from "./fields.ts";

/** Points in one answer. */
const pointsAtOnce = 25_000;

/** Servers tell no id of a dataset: one is made of what it is known by. */
export const datasetId = (experiment: string, { name, digest }: Json): string =>
  createHash("md5")
    .update(JSON.stringify([experiment, name, digest]))
    .digest("hex");

export const datasetRow = (experiment: string, dataset: Json): Row => ({
  dataset_uuid: datasetId(experiment, dataset),
  experiment_id: experiment,
  name: text(dataset.name),
  digest: text(dataset.digest),
  dataset_source_type: text(dataset.source_type) ?? "",
  dataset_source: text(dataset.source) ?? "",
  dataset_schema: text(dataset.schema),
  dataset_profile: text(dataset.profile),
});

export const runId = (run: Json): string => String(object(run.info).run_id ?? object(run.info).run_uuid);

/** @param runs as the server answers them */
export function* runRows(server: Server, experiment: string, runs: readonly Json[]): Iterable<Rows> {
  const each = (rowsOf: (run: string, data: Json) => Row[]) =>
    runs.flatMap((run) => rowsOf(runId(run), object(run.data)));
  yield { table: "runs", rows: runs.map((run) => infoRow(object(run.info), runId(run), object(run.data), experiment)) };
  yield {
    table: "params",
    rows: each((run, data) => pairs(data.params).map(([key, value]) => ({ key, value, run_uuid: run }))),
  };
  yield {
    table: "tags",
    rows: each((run, data) => pairs(data.tags).map(([key, value]) => ({ key, value, run_uuid: run }))),
  };
  yield { table: "metrics", rows: metricRows(server, runs) };
  yield {
    table: "latest_metrics",
    rows: each((run, data) => list(data.metrics).map((metric) => rowOf(run, pointIn(metric)))),
  };
  const inputs = runs.flatMap((run) => inputsOf(experiment, run));
  yield { table: "inputs", rows: inputs.map(({ row }) => row) };
  yield { table: "input_tags", rows: inputs.flatMap(({ tags }) => tags) };
}

function infoRow(info: Json, run: string, data: Json, experiment: string): Row {
  const named = pairs(data.tags).find(([key]) => key === "mlflow.runName")?.[1];
  return {
    run_uuid: run,
    name: text(info.run_name) || named || "",
    source_type: "UNKNOWN",
    source_name: "",
    entry_point_name: "",
    user_id: text(info.user_id),
    status: text(info.status) ?? "RUNNING",
    start_time: whole(info.start_time),
    end_time: whole(info.end_time),
    deleted_time: null,
    source_version: "",
    lifecycle_stage: text(info.lifecycle_stage) ?? "active",
    artifact_uri: text(info.artifact_uri),
    experiment_id: experiment,
  };
}

function pointIn({ key, value, timestamp, step }: Json): Point {
  const number = value === "NaN" ? Number.NaN : Number(value);
  return pointOf(String(key), number, BigInt(String(timestamp ?? 0)), BigInt(String(step ?? 0)));
}

async function* metricRows(server: Server, runs: readonly Json[]): AsyncIterable<Row> {
  for (const run of runs) {
    const id = runId(run);
    for (const { key } of list(object(run.data).metrics)) {
      const query = { run_id: id, run_uuid: id, metric_key: String(key), max_results: String(pointsAtOnce) };
      const pages = server.pages("metrics", (page) =>
        server.get("/api/2.0/mlflow/metrics/get-history", { ...query, ...page }),
      );
      for await (const metrics of pages) for (const point of distinct(metrics.map(pointIn))) yield rowOf(id, point);
    }
  }
}

interface Input {
  row: Row;
  tags: Row[];
}

function inputsOf(experiment: string, run: Json): Input[] {
  const id = runId(run);
  const made = (ends: Row, tags: unknown = [], step: unknown = 0): Input => {
    const input_uuid = createHash("md5")
      .update(JSON.stringify(Object.values(ends)))
      .digest("hex");
    const rows = pairs(tags).map(([name, value]) => ({ input_uuid, name, value }));
    return { row: { input_uuid, ...ends, step: whole(step) ?? 0 }, tags: rows };
  };
  const { dataset_inputs: datasets, model_inputs: models } = object(run.inputs);
  return [
    ...list(datasets).map(({ dataset, tags }) =>
      made(
        {
          source_type: "DATASET",
          source_id: datasetId(experiment, object(dataset)),
          destination_type: "RUN",
          destination_id: id,
        },
        tags,
      ),
    ),
    ...list(models).map(({ model_id }) =>
      made({
        source_type: "RUN_INPUT",
        source_id: id,
        destination_type: "MODEL_INPUT",
        destination_id: String(model_id),
      }),
    ),
    ...list(object(run.outputs).model_outputs).map(({ model_id, step }) =>
      made(
        {
          source_type: "RUN_OUTPUT",
          source_id: id,
          destination_type: "MODEL_OUTPUT",
          destination_id: String(model_id),
        },
        [],
        step,
      ),
    ),
  ];
}
