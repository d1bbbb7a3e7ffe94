import type { z } from "zod";
import { invalid } from "../../shared/http/errors.ts";
import type { Context } from "../../shared/http/route.ts";
import * as store from "../../shared/store/inputs.ts";
import { parseExperimentIds } from "../../shared/validation.ts";
import type { SearchDatasets } from "./schemas.ts";

const maxExperiments = 20;

export async function searchDatasets(input: z.output<typeof SearchDatasets>, { db }: Context) {
  const ids = input.experiment_ids;
  if (ids.length === 0) throw invalid("SearchDatasets request must specify at least one experiment_id.");
  if (ids.length > maxExperiments)
    throw invalid(
      `SearchDatasets request cannot specify more than ${maxExperiments} experiment_ids. Received ${ids.length} experiment_ids.`,
    );
  return store.searchDatasets(db, parseExperimentIds(ids));
}
