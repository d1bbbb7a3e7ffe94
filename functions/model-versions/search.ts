import type { z } from "zod";
import { refuseAsking } from "../../shared/access/rules.ts";
import { searchAnswer } from "../../shared/mlflow/search/answer.ts";
import { decodePageToken, readAfter } from "../../shared/mlflow/search/page-token.ts";
import * as store from "../../shared/model-versions/store.ts";
import { invalid } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { SearchModelVersions } from "./schemas.ts";

export async function searchModelVersions(input: z.output<typeof SearchModelVersions>, { db }: Context) {
  refuseAsking(db, input.filter, "run_id", "run");
  const limit = input.max_results ?? 200_000;
  if (limit < 1) throw invalid(`Invalid value for max_results. It must be a positive integer, but got ${limit}`);
  const asked = { filter: input.filter, orderBy: input.order_by };
  const { offset } = readAfter(
    () => store.checkSearch(asked),
    () => decodePageToken(input.page_token),
  );
  const { versions, more } = await store.searchModelVersions(db, { ...asked, limit, offset });
  return searchAnswer("model_versions", versions, more ? offset + limit : undefined);
}
