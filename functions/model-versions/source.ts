import { checkStoredLocation, parseAzureUri } from "../../shared/blob/roots.ts";
import { config } from "../../shared/config.ts";
import type { Db } from "../../shared/db/database.ts";
import { invalid, MlflowError, missing } from "../../shared/http/errors.ts";
import { shown } from "../../shared/http/shown.ts";
import { canonicalStage, checkModelName } from "../../shared/registry-names.ts";
import { findLoggedModel, findRunRoot, findVersion, hasModel } from "../../shared/store/model-sources.ts";
import { versionNotFound } from "../../shared/store/model-versions.ts";
import { modelNotFound } from "../../shared/store/registered-models.ts";
import {
  checkAbsolute,
  checkNotLocal,
  isWithin,
  notContained,
  parseModelReference,
  parseSource,
  runOf,
  type VersionReference,
} from "./source-uri.ts";

/** Where a new model version comes from. Ids that were not given are undefined. */
export interface Source {
  source: string;
  runId: string | undefined;
  modelId: string | undefined;
}

export interface ResolvedSource extends Source {
  /** Where the files are: what a `models:/` source stands for. */
  storageLocation: string;
}

/**
 * Checks that a source lies in what its ids name, and follows `models:/` to where the files are.
 * @throws INVALID_PARAMETER_VALUE for a source that is not in the run or logged model named beside it
 */
export async function resolveSource(db: Db, given: Source): Promise<ResolvedSource> {
  const { scheme, authority } = parseSource(given.source);
  // MLflow's server takes this one only where it is configured to.
  if (/^abfss?$/.test(scheme)) checkStoredLocation(given.source, config());
  const resolved = scheme === "models" ? await followModel(db, given) : { ...given, storageLocation: given.source };
  await checkContained(db, resolved);
  // Well-formed, and on Azure's own hosts. Whether the app may sign for it is decided when it is used.
  if (/^wasbs?$/.test(scheme) && authority) parseAzureUri(given.source);
  const runId = resolved.runId || (resolved.modelId ? await sourceRunOf(db, resolved.modelId) : undefined);
  return { ...resolved, runId };
}

async function followModel(db: Db, given: Source): Promise<ResolvedSource> {
  const reference = parseModelReference(given.source);
  if ("modelId" in reference) {
    const model = await findLoggedModel(db, reference.modelId);
    if (!model) throw notContained(given.source, "model_id");
    return { ...given, storageLocation: model.artifact_location };
  }
  checkModelName(reference.name);
  const found = await findVersion(db, reference.name, reference.selector);
  if (!found) throw await notFound(db, reference);
  if (found.is_prompt)
    throw invalid(
      `Invalid model version source: '${shown(given.source)}'. Prompt versions cannot be used as model version sources.`,
    );
  if ((given.runId !== undefined && given.runId !== (found.run_id ?? "")) || given.modelId)
    throw invalid(
      `Invalid model version source: '${shown(given.source)}'. The run_id and model_id request parameters must match the referenced model version.`,
    );
  const source = `models:/${reference.name}/${found.version}`;
  return { source, storageLocation: found.location, runId: found.run_id ?? undefined, modelId: undefined };
}

async function notFound(db: Db, { name, selector }: VersionReference): Promise<MlflowError> {
  if (!(await hasModel(db, name))) return modelNotFound(name);
  if (selector !== "latest" && "stage" in selector) canonicalStage(selector.stage);
  if (selector === "latest" || "stage" in selector)
    return missing(
      `No versions of model with name '${shown(name)}'${selector === "latest" ? "" : ` and stage '${shown(selector.stage)}'`} found`,
    );
  return "alias" in selector
    ? invalid(`Registered model alias ${shown(selector.alias)} not found.`)
    : versionNotFound(name, selector.version);
}

async function checkContained(db: Db, { source, runId, modelId }: Source): Promise<void> {
  const id = modelId ? "model_id" : "run_id";
  checkNotLocal(source, id);
  checkAbsolute(source);
  const parsed = parseSource(source);
  if (parsed.scheme === "runs" && (modelId || !runId || parsed.authority || runOf(parsed) !== runId))
    throw notContained(source, id);
  if (parsed.scheme === "models") {
    const reference = parseModelReference(source);
    if ("modelId" in reference && reference.modelId !== modelId) throw notContained(source, "model_id");
  }
  if (parsed.scheme !== "mlflow-artifacts") return;
  const root = modelId
    ? (await findLoggedModel(db, modelId))?.artifact_location
    : runId && (await findRunRoot(db, runId));
  if (!root || !isWithin(source, root)) throw notContained(source, id);
}

async function sourceRunOf(db: Db, modelId: string): Promise<string | undefined> {
  const model = await findLoggedModel(db, modelId);
  if (!model) throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `Logged model with ID '${shown(modelId)}' not found.`);
  return model.source_run_id ?? undefined;
}
