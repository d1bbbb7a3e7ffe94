import type { z } from "zod";
import { config } from "../../shared/config.ts";
import { invalid } from "../../shared/http/errors.ts";
import type { Context } from "../../shared/http/route.ts";
import * as store from "../../shared/store/experiments.ts";
import { checkExperimentName, checkExperimentTag, type KeyValue } from "../../shared/validation.ts";
import { checkArtifactLocation } from "./location.ts";
import type { CreateExperiment } from "./schemas.ts";
import { isCustomView, maxCustomViews } from "./tags.ts";

export async function createExperiment(input: z.output<typeof CreateExperiment>, { db }: Context) {
  const tags: KeyValue[] = input.tags.map(({ key = "", value = "" }) => ({ key, value }));
  if (tags.filter(isCustomView).length > maxCustomViews)
    throw invalid(
      `Unable to create another custom view; the maximum number of custom views per experiment is ${maxCustomViews}. ` +
        "Delete an existing custom view before creating a new one.",
    );
  const artifactLocation = input.artifact_location || undefined;
  if (artifactLocation) checkArtifactLocation(artifactLocation);
  checkExperimentName(input.name);
  for (const tag of tags) checkExperimentTag(tag);
  const experimentId = await store.createExperiment(db, {
    name: input.name,
    artifactLocation,
    defaultArtifactRoot: config().MLFLOW_DEFAULT_ARTIFACT_ROOT,
    tags,
  });
  return { experiment_id: experimentId };
}
