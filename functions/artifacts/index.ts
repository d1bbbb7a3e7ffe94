import { group, read } from "../../shared/http/route.ts";
import { listArtifacts } from "./list.ts";
import { createPresignedDownloadUrl, createPresignedUploadUrl } from "./presigned.ts";
import { CreatePresignedDownloadUrl, CreatePresignedUploadUrl, ListArtifacts } from "./schemas.ts";

export default group("artifacts", [
  read("GET 2.0/mlflow/artifacts/list", ListArtifacts, listArtifacts),
  read("POST 2.0/mlflow/artifacts/presigned-download-url", CreatePresignedDownloadUrl, createPresignedDownloadUrl),
  read("POST 2.0/mlflow/artifacts/presigned-upload-url", CreatePresignedUploadUrl, createPresignedUploadUrl),
]);
