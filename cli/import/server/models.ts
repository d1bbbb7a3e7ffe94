/** Logged models and registered models of a tracking server as rows. */
import type { Rows } from "../source.ts";
import type { Row } from "../tables.ts";
import type { Json, Server } from "./client.ts";
import { list, object, pairs, text, whole } from "./fields.ts";
import { datasetId } from "./runs.ts";

const statuses: Record<string, number> = {
  LOGGED_MODEL_STATUS_UNSPECIFIED: 0,
  LOGGED_MODEL_PENDING: 1,
  LOGGED_MODEL_READY: 2,
  LOGGED_MODEL_UPLOAD_FAILED: 3,
};
const workspace = "default";

export function loggedModelRows(experiment: string, models: readonly Json[]): Rows[] {
  const each = (rowsOf: (own: Row, model: Json) => Row[]) =>
    models.flatMap((model) =>
      rowsOf({ model_id: String(object(model.info).model_id), experiment_id: experiment }, model),
    );
  return [
    { table: "logged_models", rows: each((own, { info }) => [infoRow(own, object(info))]) },
    {
      table: "logged_model_params",
      rows: each((own, { data }) =>
        pairs(object(data).params).map(([key, value]) => ({ ...own, param_key: key, param_value: value })),
      ),
    },
    {
      table: "logged_model_tags",
      rows: each((own, { info }) =>
        pairs(object(info).tags).map(([key, value]) => ({ ...own, tag_key: key, tag_value: value })),
      ),
    },
    {
      table: "logged_model_metrics",
      rows: each((own, { data }) => list(object(data).metrics).map((metric) => metricRow(own, metric, experiment))),
    },
  ];
}

const infoRow = (own: Row, info: Json): Row => ({
  ...own,
  name: text(info.name) ?? "",
  artifact_location: text(info.artifact_uri) ?? "",
  creation_timestamp_ms: whole(info.creation_timestamp_ms) ?? 0,
  last_updated_timestamp_ms: whole(info.last_updated_timestamp_ms) ?? 0,
  status: statuses[String(info.status)] ?? 1,
  lifecycle_stage: "active",
  model_type: text(info.model_type) || null,
  source_run_id: text(info.source_run_id) || null,
  status_message: text(info.status_message) || null,
});

const metricRow = (own: Row, metric: Json, experiment: string): Row => ({
  ...own,
  metric_name: text(metric.key),
  metric_timestamp_ms: whole(metric.timestamp),
  metric_step: whole(metric.step) ?? 0,
  metric_value: metric.value === "NaN" ? Number.NaN : Number(metric.value),
  run_id: text(metric.run_id),
  dataset_uuid: metric.dataset_name
    ? datasetId(experiment, { name: metric.dataset_name, digest: metric.dataset_digest })
    : null,
  dataset_name: text(metric.dataset_name) || null,
  dataset_digest: text(metric.dataset_digest) || null,
});

const isPrompt = "tags.`mlflow.prompt.is_prompt` = 'true'";

/** Searches leave out prompts unless they are asked for. */
async function* withPrompts(
  server: Server,
  member: string,
  path: string,
  filter: string,
  size: string,
): AsyncIterable<Json> {
  const search = (text_: string) =>
    server.pages(member, (page) =>
      server.get(path, { ...(text_ && { filter: text_ }), ...(size && { max_results: size }), ...page }),
    );
  for await (const page of search(filter)) yield* page;
  const prompts = [filter, isPrompt].filter(Boolean).join(" AND ");
  try {
    for await (const page of search(prompts)) yield* page;
  } catch (error) {
    // Before 2.21 there are no prompts, and some versions filter by no tag.
    if (!/answered 400/.test((error as Error).message)) throw error;
  }
}

/** By name. */
export async function registeredModels(server: Server): Promise<Map<string, Json>> {
  const found = new Map<string, Json>();
  const path = "/api/2.0/mlflow/registered-models/search";
  for await (const model of withPrompts(server, "registered_models", path, "", "100"))
    found.set(String(model.name), model);
  return found;
}

export async function registeredModelRows(server: Server, model: Json): Promise<Rows[]> {
  const name = String(model.name);
  const quote = name.includes("'") ? '"' : "'";
  const path = "/api/2.0/mlflow/model-versions/search";
  const versions = new Map<number, Json>();
  for await (const version of withPrompts(server, "model_versions", path, `name=${quote}${name}${quote}`, ""))
    versions.set(Number(version.version), version);
  const sorted = [...versions.values()].sort((one, other) => Number(one.version) - Number(other.version));
  return [
    { table: "registered_models", rows: [{ name, ...times(model), workspace }] },
    {
      table: "registered_model_tags",
      rows: pairs(model.tags).map(([key, value]) => ({ key, value, name, workspace })),
    },
    { table: "model_versions", rows: versionRows(server, name, sorted) },
    {
      table: "model_version_tags",
      rows: sorted.flatMap(({ version, tags }) =>
        pairs(tags).map(([key, value]) => ({ key, value, name, version: text(version), workspace })),
      ),
    },
    {
      table: "registered_model_aliases",
      rows: aliasesOf(model, sorted).map(([alias, version]) => ({ alias, name, version, workspace })),
    },
  ];
}

/** File stores tell them with the versions only. */
function aliasesOf(model: Json, versions: readonly Json[]): [alias: string, version: string][] {
  const found = new Map(list(model.aliases).map(({ alias, version }) => [String(alias), String(version)]));
  for (const { version, aliases } of versions)
    for (const alias of Array.isArray(aliases) ? aliases : []) found.set(String(alias), String(version));
  return [...found];
}

const times = (of: Json): Row => ({
  creation_time: whole(of.creation_timestamp),
  last_updated_time: whole(of.last_updated_timestamp),
  description: text(of.description) || null,
});

/** Where the files of a version of `models:/...` lie is a question of its own. */
async function* versionRows(server: Server, name: string, versions: readonly Json[]): AsyncIterable<Row> {
  for (const one of versions) {
    const isReference = String(one.source).startsWith("models:");
    const query = { name, version: String(one.version) };
    const asked = isReference && server.get("/api/2.0/mlflow/model-versions/get-download-uri", query);
    const found = asked ? await server.ifThere(asked) : undefined;
    yield versionRow(name, one, text(found?.artifact_uri));
  }
}

const versionRow = (name: string, version: Json, location: string | null): Row => ({
  name,
  version: text(version.version),
  workspace,
  ...times(version),
  user_id: text(version.user_id) || null,
  current_stage: text(version.current_stage) ?? "None",
  source: text(version.source) || null,
  run_id: text(version.run_id) || null,
  status: text(version.status) ?? "READY",
  status_message: text(version.status_message) || null,
  run_link: text(version.run_link) || null,
  storage_location: location !== null && /^(runs|models):/.test(location) ? null : location,
});
