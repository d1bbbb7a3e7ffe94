import type { z } from "zod";
import { parseExperimentIds } from "../../shared/experiments/rules.ts";
import { checkPageSize } from "../../shared/mlflow/rules.ts";
import { largeAnswer } from "../../shared/mlflow/search/answer.ts";
import { decodePageToken, encodePageToken } from "../../shared/mlflow/search/page-token.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import * as store from "../../shared/runs/search-store.ts";
import type { SearchRuns } from "./schemas.ts";

export async function searchRuns(input: z.output<typeof SearchRuns>, { db, facts }: Context) {
  const limit = checkPageSize(input.max_results ?? 1000);
  const { offset } = decodePageToken(input.page_token);
  const search = {
    experimentIds: parseExperimentIds(input.experiment_ids),
    view: input.run_view_type ?? "ACTIVE_ONLY",
    filter: input.filter,
    orderBy: input.order_by,
    limit,
    offset,
  };
  const { runs, more } = await store.searchRuns(db, search, facts);
  return largeAnswer("runs", runs, more ? encodePageToken(offset + limit) : undefined);
}
