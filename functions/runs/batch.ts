import type { z } from "zod";
import { invalid } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { shown } from "../../shared/platform/shown.ts";
import { logBatch as storeBatch } from "../../shared/runs/batch.ts";
import { checkMetrics, checkParam, checkRunId, checkRunTag } from "../../shared/runs/rules.ts";
import type { LogBatch } from "./schemas.ts";

const maxMetrics = 1000;
const maxParamsOrTags = 100;

export async function logBatch(input: z.output<typeof LogBatch>, { db, config }: Context) {
  const { run_id, metrics } = input;
  checkRunId(run_id);
  checkMetrics(metrics);
  const params = input.params.map(({ key, value = "" }, index) =>
    checkParam({ key, value }, config, `params[${index}]`),
  );
  const tags = input.tags.map(({ key, value = "" }, index) => checkRunTag({ key, value }, config, `tags[${index}]`));
  checkCount("metrics", maxMetrics, metrics.length);
  checkCount("params", maxParamsOrTags, params.length);
  checkCount("tags", maxParamsOrTags, tags.length);
  checkCount("metrics, params, and tags", maxMetrics, metrics.length + params.length + tags.length);
  checkDistinct(params.map((param) => param.key));
  await storeBatch(db, run_id, { metrics, params, tags });
  return {};
}

function checkCount(entities: string, limit: number, count: number): void {
  if (count > limit)
    throw invalid(
      `A batch logging request can contain at most ${limit} ${entities}. Got ${count} ${entities}. ` +
        `Please split up ${entities} across multiple requests and try again.`,
    );
}

function checkDistinct(keys: string[]): void {
  const repeated = keys.filter((key, index) => keys.indexOf(key) !== index);
  if (repeated.length > 0)
    throw invalid(
      `Duplicate parameter keys have been submitted: [${shown(repeated.map((key) => `'${key}'`).join(", "))}]. ` +
        "Please ensure the request contains only one param value per param key.",
    );
}
