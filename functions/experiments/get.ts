import type { z } from "zod";
import * as store from "../../shared/experiments/store.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { ExperimentById, ExperimentByName } from "./schemas.ts";

export const getExperiment = (input: z.output<typeof ExperimentById>, { db }: Context) =>
  store.getExperiment(db, input.experiment_id);

export const getExperimentByName = (input: z.output<typeof ExperimentByName>, { db }: Context) =>
  store.getExperimentByName(db, input.experiment_name);
