import type { z } from "zod";
import { readableExperiments } from "../../shared/access/readable.ts";
import { parseExperimentIds } from "../../shared/experiments/rules.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { correlation, countMatches } from "../../shared/traces/correlation.ts";
import { traceFilterSql } from "../../shared/traces/search.ts";
import type { CorrelateFilters } from "./schemas.ts";

export async function correlateFilters(input: z.output<typeof CorrelateFilters>, { db }: Context): Promise<object> {
  const experimentIds = readableExperiments(db, parseExperimentIds(input.experiment_ids), "trace");
  const scope = { experimentIds, access: db.scope.access };
  const { base_filter: base } = input;
  // Put together as texts, since all clauses about spans have to hold for one span.
  const inBase = (filter: string) => traceFilterSql(scope, base ? `${base} and ${filter}` : filter);
  const filters = [inBase(input.filter_string1), inBase(input.filter_string2)] as const;
  const counts = await countMatches(db, experimentIds, filters, traceFilterSql(scope, base));
  return { ...correlation(counts), ...counts };
}
