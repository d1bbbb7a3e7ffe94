import type { z } from "zod";
import { metricErrors } from "../../shared/metrics/errors.ts";
import { sampleHistories } from "../../shared/metrics/sample-store.ts";
import * as store from "../../shared/metrics/store.ts";
import { requestErrors } from "../../shared/mlflow/errors.ts";
import { largeAnswer } from "../../shared/mlflow/search/answer.ts";
import { invalid } from "../../shared/platform/errors.ts";
import { parameterHint } from "../../shared/platform/http/fields.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { GetHistoryBulk, GetHistoryBulkInterval } from "./schemas.ts";

const maxRuns = 100;
const maxPoints = 25_000;
const maxSampled = 2500;

export async function getHistoryBulk(input: z.output<typeof GetHistoryBulk>, { db }: Context) {
  const { run_id: runIds, metric_key: key, max_results: wanted = maxPoints } = input;
  if (runIds.length === 0) throw invalid("GetMetricHistoryBulk request must specify at least one run_id.");
  if (runIds.length > maxRuns)
    throw invalid(
      `GetMetricHistoryBulk request cannot specify more than ${maxRuns} run_ids. Received ${runIds.length} run_ids.`,
    );
  if (key === undefined) throw invalid("GetMetricHistoryBulk request must specify a metric_key.");
  if (wanted < 0) throw invalid(`max_results must not be negative, got ${wanted}.`);
  return `{"metrics":${await store.getHistories(db, runIds, key, Math.min(Number(wanted), maxPoints))}}`;
}

export async function getHistoryBulkInterval(input: z.output<typeof GetHistoryBulkInterval>, { db }: Context) {
  const { run_ids: runIds, max_results: wanted = maxSampled } = input;
  if (runIds.length === 0) throw requestErrors.missingValue("run_ids", parameterHint);
  if (runIds.length > maxRuns)
    throw invalid(
      `GetMetricHistoryBulkInterval request must specify at most ${maxRuns} run_ids. Received ${runIds.length} run_ids.${parameterHint}`,
    );
  if (wanted < 1 || wanted > maxSampled) throw metricErrors.invalidSampleSize(maxSampled, parameterHint);
  const distinct = [...new Set(runIds)];
  const sampling = { limit: Number(wanted), interval: intervalOf(input) };
  return largeAnswer("metrics", await sampleHistories(db, distinct, input.metric_key, sampling));
}

function intervalOf({ start_step: start, end_step: end }: z.output<typeof GetHistoryBulkInterval>) {
  if (start === undefined && end === undefined) return undefined;
  if (start === undefined || end === undefined)
    throw invalid("If either start step or end step are specified, both must be specified.");
  if (start > end)
    throw invalid(`end_step must be greater than start_step. Found start_step=${start} and end_step=${end}.`);
  return { start: String(start), end: String(end) };
}
