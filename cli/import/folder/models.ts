/** Logged models and registered models of a file store as rows. */
import { parseFloatText } from "../../../shared/mlflow/python-text.ts";
import type { Rows } from "../source.ts";
import type { Row } from "../tables.ts";
import { Conflict } from "../target.ts";
import type { ExperimentFolder } from "./runs.ts";
import { fieldOf, type Tree, textOf } from "./tree.ts";

const statuses: Record<string, number> = { UNSPECIFIED: 0, PENDING: 1, READY: 2, FAILED: 3 };
const workspace = "default";

export function* loggedModelRows(
  tree: Tree,
  { id: experiment, path }: ExperimentFolder,
  ids: readonly string[],
): Iterable<Rows> {
  const at = (id: string, ...more: string[]) => [...path, "models", id, ...more] as const;
  yield {
    table: "logged_models",
    rows: ids.flatMap((id): Row[] => {
      const meta = tree.meta(...at(id, "meta.yaml"));
      if (!meta) return [];
      const status = meta.status ?? 1;
      return [
        {
          model_id: id,
          experiment_id: experiment,
          name: textOf(meta, "name") ?? "",
          artifact_location: textOf(meta, "artifact_location") ?? "",
          creation_timestamp_ms: fieldOf(meta, "creation_timestamp") ?? 0,
          last_updated_timestamp_ms: fieldOf(meta, "last_updated_timestamp") ?? 0,
          status: typeof status === "string" ? (statuses[status] ?? 1) : Number(status),
          lifecycle_stage: textOf(meta, "lifecycle_stage") ?? "active",
          model_type: textOf(meta, "model_type"),
          source_run_id: textOf(meta, "source_run_id"),
          status_message: textOf(meta, "status_message"),
        },
      ];
    }),
  };
  const own = (id: string) => ({ model_id: id, experiment_id: experiment });
  const pairs = (folder: string, row: (key: string, value: string) => Row) =>
    ids.flatMap((id) => tree.texts(...at(id, folder)).map(([key, value]) => ({ ...own(id), ...row(key, value) })));
  yield {
    table: "logged_model_params",
    rows: pairs("params", (key, value) => ({ param_key: key, param_value: value })),
  };
  yield { table: "logged_model_tags", rows: pairs("tags", (key, value) => ({ tag_key: key, tag_value: value })) };
  yield {
    table: "logged_model_metrics",
    rows: ids.flatMap((id) =>
      tree
        .files(...at(id, "metrics"))
        .flatMap((key) => metricRows(tree.text(...at(id, "metrics", key)), key).map((row) => ({ ...own(id), ...row }))),
    ),
  };
}

/** `time value step run`, and the name and digest of a dataset. */
function metricRows(text: string, key: string): Row[] {
  const rows = new Map<string, Row>();
  for (const line of text.split("\n").filter((one) => one.trim() !== "")) {
    const [time = "", value = "", step = "", run = "", dataset, digest] = line.trim().split(" ");
    const number = parseFloatText(value);
    if (!/^-?\d+$/.test(time) || !/^-?\d+$/.test(step) || run === "" || number === undefined)
      throw new Conflict(`The metric '${key}' of a logged model has a line that is no point: '${line.slice(0, 100)}'.`);
    rows.set(`${time} ${step} ${run}`, {
      metric_name: key,
      metric_timestamp_ms: time,
      metric_step: step,
      metric_value: number,
      run_id: run,
      dataset_uuid: null,
      dataset_name: dataset ?? null,
      dataset_digest: digest ?? null,
    });
  }
  return [...rows.values()];
}

/** @param name of the folder, which is the model's name */
export function* registeredModelRows(tree: Tree, name: string): Iterable<Rows> {
  const at = (...more: string[]) => ["models", name, ...more] as const;
  const meta = tree.meta(...at("meta.yaml"));
  const versions = tree.folders(...at()).flatMap((folder) => {
    const found = folder.startsWith("version-") ? tree.meta(...at(folder, "meta.yaml")) : undefined;
    return found ? [{ folder, meta: found, version: fieldOf(found, "version") }] : [];
  });
  versions.sort((one, other) => Number(one.version) - Number(other.version));
  const times = (of: typeof meta = {}) => ({
    creation_time: fieldOf(of, "creation_timestamp"),
    last_updated_time: fieldOf(of, "last_updated_timestamp"),
    description: textOf(of, "description"),
  });
  yield { table: "registered_models", rows: meta ? [{ name, ...times(meta), workspace }] : [] };
  yield {
    table: "registered_model_tags",
    rows: tree.texts(...at("tags")).map(([key, value]) => ({ key, value, name, workspace })),
  };
  yield {
    table: "model_versions",
    rows: versions.map(({ meta: of, version }) => ({
      name,
      version,
      workspace,
      ...times(of),
      user_id: textOf(of, "user_id"),
      current_stage: textOf(of, "current_stage") ?? "None",
      source: textOf(of, "source"),
      run_id: textOf(of, "run_id"),
      status: textOf(of, "status") ?? "READY",
      status_message: textOf(of, "status_message"),
      run_link: textOf(of, "run_link"),
      storage_location: textOf(of, "storage_location"),
    })),
  };
  yield {
    table: "model_version_tags",
    rows: versions.flatMap(({ folder, version }) =>
      tree.texts(...at(folder, "tags")).map(([key, value]) => ({ key, value, name, version, workspace })),
    ),
  };
  yield {
    table: "registered_model_aliases",
    rows: tree
      .texts(...at("aliases"))
      .filter(([, version]) => /^\d+\s*$/.test(version))
      .map(([alias, version]) => ({ alias, name, version: version.trim(), workspace })),
  };
}
