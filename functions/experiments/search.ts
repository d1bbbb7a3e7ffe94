import type { z } from "zod";
import * as store from "../../shared/experiments/store.ts";
import { checkPageSize } from "../../shared/mlflow/rules.ts";
import { searchAnswer } from "../../shared/mlflow/search/answer.ts";
import { decodePageToken, readAfter } from "../../shared/mlflow/search/page-token.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { SearchExperiments } from "./schemas.ts";

const maxPage = 50_000;

export async function searchExperiments(input: z.output<typeof SearchExperiments>, { db }: Context) {
  const limit = checkPageSize(Number(input.max_results ?? 0), maxPage);
  const { offset } = readAfter(
    () => store.checkSearch(input.filter, input.order_by),
    () => decodePageToken(input.page_token),
  );
  const { experiments, more } = await store.searchExperiments(db, {
    view: input.view_type ?? "ACTIVE_ONLY",
    filter: input.filter,
    orderBy: input.order_by,
    limit,
    offset,
  });
  return searchAnswer("experiments", experiments, more ? offset + limit : undefined);
}
