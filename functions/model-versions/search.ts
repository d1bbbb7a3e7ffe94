import type { z } from "zod";
import { invalid } from "../../shared/http/errors.ts";
import type { Context } from "../../shared/http/route.ts";
import { searchAnswer } from "../../shared/search/answer.ts";
import { modelVersionsFilter, modelVersionsOrderBy } from "../../shared/search/model-versions.ts";
import { decodePageToken } from "../../shared/search/page-token.ts";
import * as store from "../../shared/store/model-versions.ts";
import type { SearchModelVersions } from "./schemas.ts";

export async function searchModelVersions(input: z.output<typeof SearchModelVersions>, { db }: Context) {
  const limit = input.max_results ?? 200_000;
  if (limit < 1) throw invalid(`Invalid value for max_results. It must be a positive integer, but got ${limit}`);
  const where = modelVersionsFilter(input.filter);
  const order = modelVersionsOrderBy(input.order_by);
  const { offset } = decodePageToken(input.page_token);
  const { versions, more } = await store.searchModelVersions(db, { where, ...order, limit, offset });
  return searchAnswer("model_versions", versions, more ? offset + limit : undefined);
}
