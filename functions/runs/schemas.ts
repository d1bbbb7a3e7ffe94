import { viewTypes } from "../../shared/experiments/store.ts";
import { keyValues, pageSize, pageToken, runMessage } from "../../shared/mlflow/fields.ts";
import { double, enumeration, int64, list, message, required, text, texts } from "../../shared/platform/http/fields.ts";
import { runStatuses } from "../../shared/runs/store.ts";

export const CreateRun = message({
  experiment_id: text(),
  user_id: text(),
  run_name: text(),
  start_time: int64(),
  tags: keyValues(),
});

export const RunById = runMessage({});

export const UpdateRun = runMessage({ status: enumeration(runStatuses), end_time: int64(), run_name: text() });

export const SearchRuns = message({
  experiment_ids: texts(),
  filter: text(),
  run_view_type: enumeration(viewTypes),
  max_results: pageSize(50_000),
  order_by: texts(),
  page_token: pageToken(),
});

const metric = {
  key: required(text()),
  value: required(double()),
  timestamp: required(int64()),
  step: int64(),
  model_id: text(),
  dataset_name: text(),
  dataset_digest: text(),
};

export const LogMetric = runMessage(metric);

export const LogParam = runMessage({ key: required(text()), value: text() });

export const SetTag = runMessage({ key: required(text()), value: text() });

export const DeleteTag = runMessage({ key: required(text()) });

const Entry = message({ key: required(text()), value: text() });

export const LogBatch = message({
  run_id: required(text()),
  metrics: list(message(metric)),
  params: list(Entry),
  tags: list(Entry),
});

export const LogModel = message({ run_id: required(text()), model_json: required(text()) });
