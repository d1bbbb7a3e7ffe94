/** Runs of a file store as rows (mlflow/store/tracking/file_store.py). */
import { createHash } from "node:crypto";
import { parseFloatText } from "../../../shared/mlflow/python-text.ts";
import { distinct, latestOf, type Point, pointOf, rowOf } from "../metric-rows.ts";
import type { Rows } from "../source.ts";
import type { Row } from "../tables.ts";
import { Conflict } from "../target.ts";
import { fieldOf, type Meta, type Tree, textOf } from "./tree.ts";

const statuses = ["", "RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];
const sourceTypes = ["", "NOTEBOOK", "JOB", "PROJECT", "LOCAL", "UNKNOWN"];

/** The folder of an experiment, as a path below the root. */
export interface ExperimentFolder {
  id: string;
  path: readonly string[];
}

/** A dataset is of one experiment; its folder's name is a hash of its name and digest, and the same in all. */
export const datasetId = (experiment: string, folder: string): string =>
  createHash("md5").update(`${experiment}/${folder}`).digest("hex");

/** Table by table; a folder is read anew for each, so that nothing is kept. */
export function* runRows(
  tree: Tree,
  { id: experiment, path }: ExperimentFolder,
  ids: readonly string[],
): Iterable<Rows> {
  const each = (rowsOf: (run: string) => Iterable<Row>) =>
    (function* () {
      for (const run of ids) yield* rowsOf(run);
    })();
  const pairs = (folder: string) => (run: string) =>
    tree.texts(...path, run, folder).map(([key, value]) => ({ key, value, run_uuid: run }));
  yield { table: "runs", rows: each((run) => infoRows(tree.meta(...path, run, "meta.yaml"), run, experiment)) };
  yield { table: "params", rows: each(pairs("params")) };
  yield { table: "tags", rows: each(pairs("tags")) };
  yield { table: "metrics", rows: each((run) => metricRows(tree, path, run, (points) => points)) };
  yield {
    table: "latest_metrics",
    rows: each((run) => metricRows(tree, path, run, (points) => [latestOf(points)!])),
  };
  yield { table: "inputs", rows: each((run) => inputsOf(tree, experiment, path, run).map(({ row }) => row)) };
  yield { table: "input_tags", rows: each((run) => inputsOf(tree, experiment, path, run).flatMap(({ tags }) => tags)) };
}

function infoRows(meta: Meta | undefined, run: string, experiment: string): Row[] {
  if (!meta) return [];
  const named = (value: unknown, names: readonly string[], otherwise: string) =>
    typeof value === "string" ? value : names[Number(value)] || otherwise;
  return [
    {
      run_uuid: run,
      name: textOf(meta, "run_name", "name"),
      source_type: named(meta.source_type, sourceTypes, "UNKNOWN"),
      source_name: textOf(meta, "source_name") ?? "",
      entry_point_name: textOf(meta, "entry_point_name") ?? "",
      user_id: textOf(meta, "user_id"),
      status: named(meta.status, statuses, "RUNNING"),
      start_time: fieldOf(meta, "start_time"),
      end_time: fieldOf(meta, "end_time"),
      deleted_time: fieldOf(meta, "deleted_time"),
      source_version: textOf(meta, "source_version") ?? "",
      lifecycle_stage: textOf(meta, "lifecycle_stage") ?? "active",
      artifact_uri: textOf(meta, "artifact_uri"),
      experiment_id: experiment,
    },
  ];
}

function* metricRows(
  tree: Tree,
  path: readonly string[],
  run: string,
  select: (points: Point[]) => Point[],
): Iterable<Row> {
  for (const key of tree.files(...path, run, "metrics")) {
    const lines = tree
      .text(...path, run, "metrics", key)
      .split("\n")
      .filter((line) => line.trim() !== "");
    const points = distinct(lines.map((line) => pointIn(line, key, run)));
    for (const point of points.length > 0 ? select(points) : []) yield rowOf(run, point);
  }
}

/** `time value step`, of older versions without the step, with two more words for a dataset. */
function pointIn(line: string, key: string, run: string): Point {
  const [time = "", value = "", step = "0"] = line.trim().split(" ");
  const number = parseFloatText(value);
  if (number === undefined || !/^-?\d+$/.test(time) || !/^-?\d+$/.test(step))
    throw new Conflict(`The metric '${key}' of run '${run}' has a line that is no point: '${line.slice(0, 100)}'.`);
  return pointOf(key, number, BigInt(time), BigInt(step));
}

interface Input {
  row: Row;
  tags: Row[];
}

function inputsOf(tree: Tree, experiment: string, path: readonly string[], run: string): Input[] {
  const inputs = tree.folders(...path, run, "inputs").flatMap((id) => inputOf(tree, experiment, path, run, id));
  const outputs = tree.folders(...path, run, "outputs").flatMap((model): Input[] => {
    const meta = tree.meta(...path, run, "outputs", model, "meta.yaml");
    if (!meta) return [];
    const row = {
      input_uuid: createHash("md5").update(`output ${run} ${model}`).digest("hex"),
      source_type: "RUN_OUTPUT",
      source_id: run,
      destination_type: "MODEL_OUTPUT",
      destination_id: model,
      step: fieldOf(meta, "step") ?? 0,
    };
    return [{ row, tags: [] }];
  });
  return [...inputs, ...outputs];
}

function inputOf(tree: Tree, experiment: string, path: readonly string[], run: string, id: string): Input[] {
  const meta = tree.meta(...path, run, "inputs", id, "meta.yaml");
  if (!meta) return [];
  const source = textOf(meta, "source_id") ?? "";
  const isModel = meta.source_type === "MODEL";
  const ends = isModel
    ? { source_type: "RUN_INPUT", source_id: run, destination_type: "MODEL_INPUT", destination_id: source }
    : {
        source_type: "DATASET",
        source_id: datasetId(experiment, source),
        destination_type: "RUN",
        destination_id: run,
      };
  const tags = Object.entries((meta.tags as Meta | null | undefined) ?? {});
  return [
    {
      row: { input_uuid: id, ...ends, step: 0 },
      tags: tags.map(([name, value]) => ({ input_uuid: id, name, value: String(value) })),
    },
  ];
}
