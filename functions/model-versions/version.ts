import type { z } from "zod";
import * as store from "../../shared/model-versions/store.ts";
import { invalid } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { shown } from "../../shared/platform/shown.ts";
import { canonicalStage, checkModelName, parseVersion } from "../../shared/registered-models/rules.ts";
import type { GetDownloadUri, ModelVersion, TransitionStage, UpdateModelVersion } from "./schemas.ts";

type Named = z.output<typeof ModelVersion>;

export async function getModelVersion({ name, version }: Named, { db }: Context) {
  checkModelName(name);
  return store.getModelVersion(db, name, parseVersion(version));
}

export async function getDownloadUri({ name = "", version = "" }: z.output<typeof GetDownloadUri>, { db }: Context) {
  checkModelName(name);
  return { artifact_uri: await store.getDownloadUri(db, name, parseVersion(version)) };
}

export async function updateModelVersion(input: z.output<typeof UpdateModelVersion>, { db }: Context) {
  checkModelName(input.name);
  return store.updateModelVersion(db, input.name, parseVersion(input.version), input.description);
}

export async function transitionStage(input: z.output<typeof TransitionStage>, { db }: Context) {
  const stage = canonicalStage(input.stage);
  const archiveExisting = input.archive_existing_versions ?? false;
  if (archiveExisting && stage !== "Staging" && stage !== "Production")
    throw invalid(
      `Model version transition cannot archive existing model versions because '${shown(input.stage)}' is not an Active stage. ` +
        "Valid stages are ['Staging', 'Production']",
    );
  checkModelName(input.name);
  return store.transitionStage(db, input.name, parseVersion(input.version), { stage, archiveExisting });
}

export async function deleteModelVersion({ name, version }: Named, { db }: Context) {
  checkModelName(name);
  await store.deleteModelVersion(db, name, parseVersion(version));
  return {};
}
