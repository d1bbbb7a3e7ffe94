import type { z } from "zod";
import { pythonJson } from "../../shared/mlflow/json-sql.ts";
import { invalid } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { checkShape } from "../../shared/platform/json.ts";
import { shown } from "../../shared/platform/shown.ts";
import * as store from "../../shared/runs/tags.ts";
import type { DeleteTag, LogModel } from "./schemas.ts";

export async function deleteTag(input: z.output<typeof DeleteTag>, { db }: Context) {
  await store.deleteTag(db, input.run_id, input.key);
  return {};
}

const mandatory = ["artifact_path", "flavors", "utc_time_created", "run_id"];

/** Keeps a model that MLflow 2 clients logged in the run's history tag (mlflow/models/model.py, get_tags_dict). */
export async function logModel(input: z.output<typeof LogModel>, { db }: Context) {
  const model = parseModel(input.model_json);
  const absent = mandatory.filter((name) => !(name in model));
  if (absent.length > 0)
    throw invalid(`Model json is missing mandatory fields: {${absent.map((name) => `'${name}'`).join(", ")}}`);
  const { run_id, artifact_path, utc_time_created, model_uuid = null, flavors } = model;
  const recorded = { run_id, artifact_path, utc_time_created, model_uuid, flavors: withoutConfigs(flavors) };
  await store.recordLoggedModel(db, input.run_id, pythonJson(recorded));
  return {};
}

function parseModel(json: string): Record<string, unknown> {
  const malformed = () => invalid(`Malformed model info. \n ${shown(json)} \n is not a valid JSON.`);
  try {
    checkShape(json);
    const model: unknown = JSON.parse(json);
    if (model !== null && typeof model === "object") return { ...model };
  } catch {
    throw malformed();
  }
  throw malformed();
}

function withoutConfigs(flavors: unknown): Record<string, unknown> {
  const entries = Object.entries(flavors ?? {}).map(([flavor, config]): [string, unknown] => {
    if (config === null || typeof config !== "object") return [flavor, config];
    const { config: _, ...rest } = config as Record<string, unknown>;
    return [flavor, rest];
  });
  return Object.fromEntries(entries);
}
