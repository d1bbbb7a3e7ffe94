import { pageToken, runMessage } from "../../shared/mlflow/fields.ts";
import { int32, int64, message, required, text, texts } from "../../shared/platform/http/fields.ts";

export const GetHistory = runMessage({ metric_key: required(text()), page_token: pageToken(), max_results: int32() });

export const GetHistoryBulk = message({ run_id: texts(), metric_key: text(), max_results: int64() });

export const GetHistoryBulkInterval = message({
  run_ids: texts(),
  metric_key: required(text()),
  start_step: int64(),
  end_step: int64(),
  max_results: int64(),
});
