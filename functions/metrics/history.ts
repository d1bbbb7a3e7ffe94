import type { z } from "zod";
import * as store from "../../shared/metrics/store.ts";
import { requestErrors } from "../../shared/mlflow/errors.ts";
import { largeAnswer } from "../../shared/mlflow/search/answer.ts";
import { decodePageToken, encodePageToken } from "../../shared/mlflow/search/page-token.ts";
import { double, int64, message, required } from "../../shared/platform/http/fields.ts";
import type { JsonParts } from "../../shared/platform/http/reply.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { GetHistory } from "./schemas.ts";

/** Points that are read at once: what PostgreSQL sorts of a history fits into its memory then. */
const mostAtOnce = 25_000;

/** Larger answers are read one piece after the other; what is logged meanwhile moves none of them. */
export async function getHistory(input: z.output<typeof GetHistory>, { db }: Context): Promise<JsonParts> {
  const { max_results: wanted = Number.POSITIVE_INFINITY } = input;
  if (wanted <= 0) throw requestErrors.invalidPageSize(wanted, "a positive integer.");
  const answered: string[] = [];
  let next: Place | undefined = placeOf(input.page_token);
  for (let left = wanted; next && left > 0; ) {
    const page = { ...next, limit: Math.min(left, mostAtOnce) };
    const read = await store.getHistory(db, input.run_id, input.metric_key, page);
    if (read.points !== undefined) answered.push(read.points);
    left -= read.count;
    next = read.next;
  }
  return largeAnswer("metrics", answered, next && tokenOf(next));
}

type Place = NonNullable<store.HistoryPoints["next"]>;

const After = message({ timestamp: required(int64()), step: required(int64()), value: required(double()) });

/** A stock server reads the offset of such a token, and its own have nothing else. */
const tokenOf = ({ offset, after }: Place): string =>
  encodePageToken(
    offset,
    after && { after: { timestamp: `${after.timestamp}`, step: `${after.step}`, value: `${after.value}` } },
  );

function placeOf(token: string | undefined): Place {
  const { offset, after } = decodePageToken(token);
  const read = After.safeParse(after);
  return read.success ? { offset, after: read.data } : { offset };
}
