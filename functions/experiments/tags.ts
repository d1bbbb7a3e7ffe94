import type { z } from "zod";
import { checkExperimentTag } from "../../shared/experiments/rules.ts";
import * as store from "../../shared/experiments/store.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { DeleteExperimentTag, SetExperimentTag } from "./schemas.ts";

export async function setExperimentTag(input: z.output<typeof SetExperimentTag>, { db }: Context) {
  const tag = { key: input.key, value: input.value ?? "" };
  checkExperimentTag(tag);
  await store.setExperimentTag(db, input.experiment_id, tag);
  return {};
}

export async function deleteExperimentTag(input: z.output<typeof DeleteExperimentTag>, { db }: Context) {
  await store.deleteExperimentTag(db, input.experiment_id, input.key);
  return {};
}
