import type { z } from "zod";
import { invalid } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { shown } from "../../shared/platform/shown.ts";
import { logBatch } from "../../shared/runs/batch.ts";
import { checkMetric, checkParam, checkRunTag } from "../../shared/runs/rules.ts";
import type { LogMetric, LogParam, SetTag } from "./schemas.ts";

export async function logMetric(input: z.output<typeof LogMetric>, { db }: Context) {
  const { key, value, timestamp, step = 0, model_id, dataset_name, dataset_digest } = input;
  const metric = { key, value, timestamp, step, model_id, dataset_name, dataset_digest };
  checkMetric(metric);
  await logBatch(db, input.run_id, { metrics: [metric], params: [], tags: [] });
  return {};
}

export async function logParam(input: z.output<typeof LogParam>, { db, config }: Context) {
  const runId = input.run_id;
  const param = checkParam({ key: input.key, value: input.value ?? "" }, config);
  await logBatch(db, runId, { metrics: [], params: [param], tags: [] }, ([changed]) =>
    invalid(
      `Changing param values is not allowed. Param with key='${shown(param.key)}' was already logged with ` +
        `value='${shown(changed?.old ?? "")}' for run ID='${shown(runId)}'. Attempted logging new value '${shown(param.value)}'.`,
    ),
  );
  return {};
}

export async function setTag(input: z.output<typeof SetTag>, { db, config }: Context) {
  const tag = checkRunTag({ key: input.key, value: input.value ?? "" }, config);
  await logBatch(db, input.run_id, { metrics: [], params: [], tags: [tag] });
  return {};
}
