import { keyValues, pageSize, pageToken } from "../../shared/mlflow/fields.ts";
import { flag, message, required, text, texts } from "../../shared/platform/http/fields.ts";

const version = { name: required(text()), version: required(text()) };

export const CreateModelVersion = message({
  name: required(text()),
  source: required(text()),
  run_id: text(),
  tags: keyValues(),
  run_link: text(),
  description: text(),
  model_id: text(),
});

export const ModelVersion = message(version);

export const GetDownloadUri = message({ name: text(), version: text() });

export const UpdateModelVersion = message({ ...version, description: text() });

export const TransitionStage = message({
  ...version,
  stage: required(text()),
  archive_existing_versions: flag(),
});

export const SearchModelVersions = message({
  filter: text(),
  max_results: pageSize(200_000),
  order_by: texts(),
  page_token: pageToken(),
});

export const SetTag = message({ ...version, key: required(text()), value: text() });

export const DeleteTag = message({ ...version, key: required(text()) });
