import type { z } from "zod";
import { checkStoredLocation } from "../../shared/artifacts/roots.ts";
import { checkExperimentName, checkExperimentTag } from "../../shared/experiments/rules.ts";
import * as store from "../../shared/experiments/store.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { checkArtifactLocation, refuseForeignFolder, refuseForeignRoot } from "./location.ts";
import type { CreateExperiment } from "./schemas.ts";

export async function createExperiment(input: z.output<typeof CreateExperiment>, { db, config }: Context) {
  const { tags } = input;
  if (tags.filter(store.isCustomView).length > store.maxCustomViews) throw store.tooManyCustomViews();
  const artifactLocation = input.artifact_location || undefined;
  if (artifactLocation) {
    checkArtifactLocation(artifactLocation);
    checkStoredLocation(artifactLocation, config);
  }
  checkExperimentName(input.name);
  for (const tag of tags) checkExperimentTag(tag);
  if (artifactLocation) {
    await refuseForeignFolder(db, artifactLocation, config);
    await refuseForeignRoot(artifactLocation, { db, config });
  }
  const experimentId = await store.createExperiment(db, {
    name: input.name,
    artifactLocation,
    defaultArtifactRoot: config.MLFLOW_DEFAULT_ARTIFACT_ROOT,
    tags,
  });
  return { experiment_id: experimentId };
}
