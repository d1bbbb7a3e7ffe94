import type { z } from "zod";
import { experimentsFilter, experimentsOrderBy } from "../../shared/experiments/search.ts";
import * as store from "../../shared/experiments/store.ts";
import { searchAnswer } from "../../shared/mlflow/search/answer.ts";
import { decodePageToken } from "../../shared/mlflow/search/page-token.ts";
import { invalid } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { SearchExperiments } from "./schemas.ts";

const maxPage = 50_000;

export async function searchExperiments(input: z.output<typeof SearchExperiments>, { db }: Context) {
  const limit = Number(input.max_results ?? 0);
  if (limit < 1)
    throw invalid(`Invalid value ${limit} for parameter 'max_results' supplied. It must be a positive integer`);
  if (limit > maxPage)
    throw invalid(`Invalid value ${limit} for parameter 'max_results' supplied. It must be at most ${maxPage}`);
  const page = {
    where: experimentsFilter(input.filter),
    ...experimentsOrderBy(input.order_by),
    limit,
    offset: decodePageToken(input.page_token).offset,
  };
  const { experiments, more } = await store.searchExperiments(db, input.view_type ?? "ACTIVE_ONLY", page);
  return searchAnswer("experiments", experiments, more ? page.offset + limit : undefined);
}
