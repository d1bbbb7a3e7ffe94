import type { z } from "zod";
import type { Context } from "../../shared/http/route.ts";
import * as store from "../../shared/store/inputs.ts";
import { parseSearchedExperiments } from "../../shared/validation.ts";
import type { SearchDatasets } from "./schemas.ts";

export async function searchDatasets(input: z.output<typeof SearchDatasets>, { db }: Context) {
  return store.searchDatasets(db, parseSearchedExperiments(input.experiment_ids));
}
