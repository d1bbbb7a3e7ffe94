import { checkStoredLocation, isPlaceIn, servedPlace } from "../../shared/artifacts/roots.ts";
import { splitUri } from "../../shared/artifacts/uri.ts";
import { loggedModelErrors } from "../../shared/logged-models/errors.ts";
import { checkModels } from "../../shared/logged-models/may.ts";
import { modelVersionErrors } from "../../shared/model-versions/errors.ts";
import { findLoggedModel, findRunRoot, findVersion, hasModel } from "../../shared/model-versions/sources.ts";
import type { Config } from "../../shared/platform/config.ts";
import type { Db } from "../../shared/platform/db/database.ts";
import { textTooLong } from "../../shared/platform/db/errors.ts";
import { type MlflowError, missing } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { shown } from "../../shared/platform/shown.ts";
import { registeredModelErrors } from "../../shared/registered-models/errors.ts";
import { checkModel } from "../../shared/registered-models/may.ts";
import { canonicalStage, checkModelName } from "../../shared/registered-models/rules.ts";
import { checkAbsolute, checkLocal, isLocal, parseModelReference, runOf, type VersionReference } from "./source-uri.ts";

/** Where a new model version comes from. Ids that were not given are undefined. */
export interface Source {
  source: string;
  runId: string | undefined;
  modelId: string | undefined;
}

export interface ResolvedSource extends Source {
  /** Where the files are, after `models:/` was resolved. */
  storageLocation: string;
}

/** The column's length in characters. */
const maxLength = 500;
const isTooLong = (source: string) => source.length > 2 * maxLength || Array.from(source).length > maxLength;

/**
 * Checks that a source lies in what its ids name, and follows `models:/` to where the files are.
 * @throws INVALID_PARAMETER_VALUE for a source that is not in the run or logged model named beside it
 */
export async function resolveSource(given: Source, asking: ResolveContext): Promise<ResolvedSource> {
  const { db, config } = asking;
  if (isTooLong(given.source)) throw textTooLong();
  const { scheme } = splitUri(given.source);
  // MLflow's server accepts this form only where it is configured to.
  if (/^abfss?$/.test(scheme)) checkStoredLocation(given.source, config);
  const resolved = scheme === "models" ? await followModel(given, asking) : { ...given, storageLocation: given.source };
  await checkContained(db, resolved, config);
  const runId = resolved.runId || (resolved.modelId ? await sourceRunOf(db, resolved.modelId) : undefined);
  return { ...resolved, runId };
}

type ResolveContext = Pick<Context, "db" | "config" | "facts">;

/** Who makes a version of a logged model or of another version must be able to read it. */
async function followModel(given: Source, asking: ResolveContext): Promise<ResolvedSource> {
  const { db } = asking;
  const reference = parseModelReference(given.source);
  if ("modelId" in reference) {
    await checkModels("read", [reference.modelId], asking);
    const model = await findLoggedModel(db, reference.modelId);
    if (!model) throw modelVersionErrors.sourceNotContained(given.source, "model_id");
    return { ...given, storageLocation: model.artifact_location };
  }
  checkModelName(reference.name);
  await checkModel(reference.name, { model: "read", version: "not denied" }, asking);
  const found = await findVersion(db, reference.name, reference.selector);
  if (!found) throw await notFound(db, reference);
  if (found.is_prompt)
    throw modelVersionErrors.invalidSource(given.source, "Prompt versions cannot be used as model version sources.");
  if ((given.runId !== undefined && given.runId !== (found.run_id ?? "")) || given.modelId)
    throw modelVersionErrors.invalidSource(
      given.source,
      "The run_id and model_id request parameters must match the referenced model version.",
    );
  const source = `models:/${reference.name}/${found.version}`;
  return { source, storageLocation: found.location, runId: found.run_id ?? undefined, modelId: undefined };
}

async function notFound(db: Db, { name, selector }: VersionReference): Promise<MlflowError> {
  if (!(await hasModel(db, name))) return registeredModelErrors.notFound(name);
  if (selector !== "latest" && "stage" in selector) canonicalStage(selector.stage);
  if (selector === "latest" || "stage" in selector)
    return missing(
      `No versions of model with name '${shown(name)}'${selector === "latest" ? "" : ` and stage '${shown(selector.stage)}'`} found`,
    );
  return "alias" in selector
    ? registeredModelErrors.aliasNotFound(selector.alias)
    : modelVersionErrors.notFound(name, selector.version);
}

async function checkContained(db: Db, given: Source, config: Config): Promise<void> {
  const { source, runId, modelId } = given;
  const id = modelId ? "model_id" : "run_id";
  if (isLocal(source)) return checkLocal(source, id, await rootOf(db, given));
  checkAbsolute(source);
  const parsed = splitUri(source);
  if (parsed.scheme === "runs" && (modelId || !runId || parsed.authority || runOf(parsed) !== runId))
    throw modelVersionErrors.sourceNotContained(source, id);
  if (parsed.scheme === "models") {
    const reference = parseModelReference(source);
    if ("modelId" in reference && reference.modelId !== modelId)
      throw modelVersionErrors.sourceNotContained(source, "model_id");
  }
  // A source that this app serves must lie in the run or model named beside it, in every spelling.
  const place = servedPlace(source, config);
  if (!place) return;
  const root = await rootOf(db, given);
  if (!root || !isPlaceIn(place, root, config)) throw modelVersionErrors.sourceNotContained(source, id);
}

/**
 * The artifact root of the logged model or run that is named.
 * @returns undefined where none is named
 * @throws INVALID_PARAMETER_VALUE where there is none of that id
 */
async function rootOf(db: Db, { source, runId, modelId }: Source): Promise<string | undefined> {
  if (!modelId && !runId) return undefined;
  const root = modelId ? (await findLoggedModel(db, modelId))?.artifact_location : await findRunRoot(db, runId!);
  if (root === undefined) throw modelVersionErrors.sourceNotContained(source, modelId ? "model_id" : "run_id");
  return root;
}

async function sourceRunOf(db: Db, modelId: string): Promise<string | undefined> {
  const model = await findLoggedModel(db, modelId);
  if (!model) throw loggedModelErrors.notFound(modelId);
  return model.source_run_id ?? undefined;
}
