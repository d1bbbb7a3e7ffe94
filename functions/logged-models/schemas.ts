import { modelStatuses } from "../../shared/logged-models/store.ts";
import { keyValues, pageToken } from "../../shared/mlflow/fields.ts";
import {
  enumeration,
  flag,
  int32,
  list,
  message,
  required,
  requiredMember,
  text,
  texts,
} from "../../shared/platform/http/fields.ts";

/** The model that the path names. `model_id` is the body's own, which MLflow asks for beside it in some requests. */
const id = required(text());

export const CreateLoggedModel = message({
  experiment_id: required(text()),
  name: text(),
  model_type: text(),
  source_run_id: text(),
  params: keyValues(),
  tags: keyValues(),
});

export const LoggedModelById = message({ id });

export const GetLoggedModel = message({ id, allow_deleted: text() });

export const FinalizeLoggedModel = message({
  id,
  model_id: required(text()),
  status: required(enumeration(modelStatuses)),
});

export const SetTags = message({ id, tags: keyValues() });

export const DeleteTag = message({ id, tag_key: required(text()) });

export const LogParams = message({ id, model_id: required(text()), params: keyValues() });

export const ListArtifacts = message({ id, artifact_directory_path: text(), page_token: pageToken() });

export const GetArtifact = message({ id, artifact_file_path: text(), presigned: text() });

export const SearchLoggedModels = message({
  experiment_ids: requiredMember(texts()),
  filter: text(),
  datasets: list(message({ dataset_name: text(), dataset_digest: text() })),
  max_results: int32(),
  order_by: list(message({ field_name: text(), ascending: flag(), dataset_name: text(), dataset_digest: text() })),
  page_token: pageToken(),
});
