import { int64, message, required, text } from "../../shared/http/fields.ts";

export const ListArtifacts = message({
  run_id: text(),
  run_uuid: text(),
  path: text(),
  page_token: text(),
}).refine((input) => input.run_id || input.run_uuid, { message: "missing", path: ["run_id"] });

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
