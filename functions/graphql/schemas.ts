import * as z from "zod";
import { pageToken } from "../../shared/mlflow/fields.ts";
import { int32, int64, message, nested, required, text, texts } from "../../shared/platform/http/fields.ts";

export const GraphqlRequest = message({
  query: required(text()),
  variables: nested(z.record(z.string(), z.unknown())),
  operation_name: text(),
});

// The arguments of the queries, whose types schema.ts has checked.

export const ExperimentInput = message({ experiment_id: text() });

export const RunInput = message({ run_id: text(), run_uuid: text() });

export const SearchRunsInput = message({
  experiment_ids: texts(),
  filter: text(),
  run_view_type: z.enum(["ACTIVE_ONLY", "DELETED_ONLY", "ALL"]).nullish(),
  max_results: int32(),
  order_by: texts(),
  page_token: pageToken(),
});

export const SearchModelVersionsInput = message({
  filter: text(),
  max_results: int64(),
  order_by: texts(),
  page_token: pageToken(),
});

export const SearchDatasetsInput = message({ experiment_ids: texts() });

export const ListArtifactsInput = message({ run_id: text(), run_uuid: text(), path: text(), page_token: pageToken() });

export const IntervalInput = message({
  run_ids: texts(),
  metric_key: text(),
  start_step: int32(),
  end_step: int32(),
  max_results: int32(),
});
