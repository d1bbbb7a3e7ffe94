import type { z } from "zod";
import { searchAnswer } from "../../shared/mlflow/search/answer.ts";
import { decodePageToken, readAfter } from "../../shared/mlflow/search/page-token.ts";
import { invalid } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import * as store from "../../shared/registered-models/store.ts";
import type { SearchRegisteredModels } from "./schemas.ts";

export async function searchRegisteredModels(input: z.output<typeof SearchRegisteredModels>, { db }: Context) {
  const limit = input.max_results ?? 100;
  if (limit < 0) throw invalid(`Invalid value for max_results. It must not be negative, but got ${limit}`);
  const asked = { filter: input.filter, orderBy: input.order_by };
  const { offset } = readAfter(
    () => store.checkSearch(asked),
    () => decodePageToken(input.page_token),
  );
  const { models, more } = await store.searchRegisteredModels(db, { ...asked, limit, offset });
  return searchAnswer("registered_models", models, more ? offset + limit : undefined);
}
