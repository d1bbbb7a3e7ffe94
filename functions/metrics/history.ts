import type { z } from "zod";
import * as store from "../../shared/metrics/store.ts";
import { requestErrors } from "../../shared/mlflow/errors.ts";
import { searchAnswer } from "../../shared/mlflow/search/answer.ts";
import { decodePageToken } from "../../shared/mlflow/search/page-token.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { GetHistory } from "./schemas.ts";

export async function getHistory(input: z.output<typeof GetHistory>, { db }: Context) {
  const limit = input.max_results;
  if (limit !== undefined && limit <= 0) throw requestErrors.invalidPageSize(limit, "a positive integer.");
  const { offset } = decodePageToken(input.page_token);
  const { metrics, more } = await store.getHistory(db, input.run_id, input.metric_key, { offset, limit });
  return searchAnswer("metrics", metrics, more ? offset + (limit ?? 0) : undefined);
}
