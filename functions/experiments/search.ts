import type { z } from "zod";
import { invalid } from "../../shared/http/errors.ts";
import type { Context } from "../../shared/http/route.ts";
import { searchAnswer } from "../../shared/search/answer.ts";
import { experimentsFilter, experimentsOrderBy } from "../../shared/search/experiments.ts";
import { decodePageToken } from "../../shared/search/page-token.ts";
import * as store from "../../shared/store/experiments.ts";
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
