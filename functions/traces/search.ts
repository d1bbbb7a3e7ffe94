import type { z } from "zod";
import { readableExperiments } from "../../shared/access/readable.ts";
import { parseExperimentIds } from "../../shared/experiments/rules.ts";
import { checkPageSize } from "../../shared/mlflow/rules.ts";
import { largeAnswer } from "../../shared/mlflow/search/answer.ts";
import { decodePageToken, encodePageToken, readAfter } from "../../shared/mlflow/search/page-token.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { traceSearchErrors } from "../../shared/traces/search-errors.ts";
import * as store from "../../shared/traces/search-store.ts";
import type { SearchTraces, SearchTracesV2 } from "./schemas.ts";

type V2 = z.output<typeof SearchTracesV2>;

export async function searchTraces({ locations, ...input }: z.output<typeof SearchTraces>, { db }: Context) {
  const experiments = locations.flatMap(({ mlflow_experiment: at }) => (at ? [at.experiment_id ?? ""] : []));
  return search({ ...input, experiment_ids: experiments }, 3, db);
}

export const searchTracesV2 = async (input: V2, { db }: Context) => search(input, 2, db);

async function search(input: V2, version: 2 | 3, db: Context["db"]) {
  const experimentIds = readableExperiments(db, experimentsOf(input.experiment_ids), "trace");
  const limit = checkPageSize(input.max_results ?? 100);
  const asked = { experimentIds, filter: input.filter, orderBy: input.order_by };
  const { offset } = readAfter(
    () => store.checkSearch(db, asked),
    () => decodePageToken(input.page_token),
  );
  const { traces, more } = await store.searchTraces(db, { ...asked, limit, offset, version });
  return largeAnswer("traces", traces, more ? encodePageToken(offset + limit) : undefined);
}

function experimentsOf(ids: readonly string[]): string[] {
  const others = ids.filter((id) => id.includes("."));
  if (others.length > 0) throw traceSearchErrors.notAnExperiment(others);
  return parseExperimentIds(ids);
}
