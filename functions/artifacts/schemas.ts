import { pageToken, runMessage } from "../../shared/mlflow/fields.ts";
import { int64, message, required, text } from "../../shared/platform/http/fields.ts";

export const ListArtifacts = runMessage({ path: text(), page_token: pageToken() });

export const CreatePresignedDownloadUrl = message({
  run_id: required(text()),
  path: required(text()),
  expiration: int64(),
});

export const CreatePresignedUploadUrl = message({
  run_id: text(),
  model_id: text(),
  path: required(text()),
  expiration: int64(),
});

export const RunFile = message({ run_id: text(), run_uuid: text(), path: required(text()) });

export const VersionFile = message({ name: text(), version: text(), path: required(text()), presigned: text() });

export const UploadArtifact = message({ run_id: text(), run_uuid: text(), path: text() });
