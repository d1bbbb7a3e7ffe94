import type { z } from "zod";
import { parseExperimentIds } from "../../shared/experiments/rules.ts";
import { searchAnswer } from "../../shared/mlflow/search/answer.ts";
import { decodePageToken } from "../../shared/mlflow/search/page-token.ts";
import { invalid } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { runsFilter, runsOrderBy } from "../../shared/runs/search.ts";
import * as store from "../../shared/runs/search-store.ts";
import type { SearchRuns } from "./schemas.ts";

export async function searchRuns(input: z.output<typeof SearchRuns>, { db }: Context) {
  const limit = input.max_results ?? 1000;
  if (limit < 1)
    throw invalid(`Invalid value ${limit} for parameter 'max_results' supplied. It must be a positive integer`);
  const { offset } = decodePageToken(input.page_token);
  const { runs, more } = await store.searchRuns(db, {
    experimentIds: parseExperimentIds(input.experiment_ids),
    view: input.run_view_type ?? "ACTIVE_ONLY",
    where: runsFilter(input.filter),
    ...runsOrderBy(input.order_by),
    limit,
    offset,
  });
  return searchAnswer("runs", runs, more ? offset + limit : undefined);
}
