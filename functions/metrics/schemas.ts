import { z } from "zod";
import { int32, int64, message, required, text, texts } from "../../shared/http/fields.ts";

/** Older clients name the run by `run_uuid`. */
function byOldName(input: unknown): unknown {
  if (input === null || typeof input !== "object" || "run_id" in input || !("run_uuid" in input)) return input;
  return { ...input, run_id: input.run_uuid };
}

const History = message({
  run_id: required(text()),
  metric_key: required(text()),
  page_token: text(),
  max_results: int32(),
});

export const GetHistory = z.preprocess(byOldName, History);

export const GetHistoryBulk = message({ run_id: texts(), metric_key: text(), max_results: int64() });

export const GetHistoryBulkInterval = message({
  run_ids: texts(),
  metric_key: required(text()),
  start_step: int64(),
  end_step: int64(),
  max_results: int64(),
});
