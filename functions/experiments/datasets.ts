import type { z } from "zod";
import { parseSearchedExperiments } from "../../shared/experiments/rules.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import * as store from "../../shared/runs/inputs.ts";
import type { SearchDatasets } from "./schemas.ts";

export async function searchDatasets(input: z.output<typeof SearchDatasets>, { db }: Context) {
  return store.searchDatasets(db, parseSearchedExperiments(input.experiment_ids));
}
