import type { z } from "zod";
import { checkExperimentName } from "../../shared/experiments/rules.ts";
import * as store from "../../shared/experiments/store.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { ExperimentById, UpdateExperiment } from "./schemas.ts";

export async function deleteExperiment(input: z.output<typeof ExperimentById>, { db }: Context) {
  await store.deleteExperiment(db, input.experiment_id);
  return {};
}

export async function restoreExperiment(input: z.output<typeof ExperimentById>, { db }: Context) {
  await store.restoreExperiment(db, input.experiment_id);
  return {};
}

export async function updateExperiment(input: z.output<typeof UpdateExperiment>, { db }: Context) {
  checkExperimentName(input.new_name);
  await store.renameExperiment(db, input.experiment_id, input.new_name);
  return {};
}
