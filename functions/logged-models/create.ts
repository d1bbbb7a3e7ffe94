import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { checkLoggedModelName } from "../../shared/logged-models/rules.ts";
import * as store from "../../shared/logged-models/store.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { randomName } from "../../shared/runs/random-name.ts";
import type { CreateLoggedModel } from "./schemas.ts";

export async function createLoggedModel(input: z.output<typeof CreateLoggedModel>, { db }: Context) {
  if (input.name) checkLoggedModelName(input.name);
  return store.createLoggedModel(db, {
    modelId: `m-${randomUUID().replaceAll("-", "")}`,
    experimentId: input.experiment_id,
    name: input.name || randomName(),
    modelType: input.model_type ?? "",
    sourceRunId: input.source_run_id ?? "",
    params: input.params,
    tags: input.tags,
  });
}
