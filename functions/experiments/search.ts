import type { z } from "zod";
import { experimentSearch } from "../../shared/experiments/search.ts";
import * as store from "../../shared/experiments/store.ts";
import { checkPageSize } from "../../shared/mlflow/rules.ts";
import { searchAnswer } from "../../shared/mlflow/search/answer.ts";
import { filterSql, orderSql } from "../../shared/mlflow/search/compile.ts";
import { decodePageToken } from "../../shared/mlflow/search/page-token.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { SearchExperiments } from "./schemas.ts";

const maxPage = 50_000;

export async function searchExperiments(input: z.output<typeof SearchExperiments>, { db }: Context) {
  const limit = checkPageSize(Number(input.max_results ?? 0), maxPage);
  const page = {
    where: filterSql(experimentSearch, input.filter),
    ...orderSql(experimentSearch, input.order_by),
    limit,
    offset: decodePageToken(input.page_token).offset,
  };
  const { experiments, more } = await store.searchExperiments(db, input.view_type ?? "ACTIVE_ONLY", page);
  return searchAnswer("experiments", experiments, more ? page.offset + limit : undefined);
}
