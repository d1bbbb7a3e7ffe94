import { atMost, flag, int32, list, message, required, text, texts } from "../../shared/platform/http/fields.ts";

const Tag = message({ key: text(), value: text() });

const version = { name: required(text()), version: required(text()) };

export const CreateModelVersion = message({
  name: required(text()),
  source: required(text()),
  run_id: text(),
  tags: list(Tag),
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
  max_results: atMost(200_000, int32()),
  order_by: texts(),
  page_token: text(),
});

export const SetTag = message({ ...version, key: required(text()), value: text() });

export const DeleteTag = message({ ...version, key: required(text()) });
