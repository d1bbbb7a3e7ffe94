import { viewTypes } from "../../shared/experiments/store.ts";
import { keyValues, pageToken } from "../../shared/mlflow/fields.ts";
import { enumeration, int64, message, required, text, texts } from "../../shared/platform/http/fields.ts";

export const CreateExperiment = message({
  name: required(text()),
  artifact_location: text(),
  tags: keyValues(),
});

export const ExperimentById = message({ experiment_id: required(text()) });

export const ExperimentByName = message({ experiment_name: required(text()) });

export const UpdateExperiment = message({ experiment_id: required(text()), new_name: required(text()) });

export const SetExperimentTag = message({ experiment_id: required(text()), key: required(text()), value: text() });

export const DeleteExperimentTag = message({ experiment_id: required(text()), key: required(text()) });

export const SearchDatasets = message({ experiment_ids: texts() });

export const SearchExperiments = message({
  view_type: enumeration(viewTypes),
  max_results: int64(),
  order_by: texts(),
  filter: text(),
  page_token: pageToken(),
});
