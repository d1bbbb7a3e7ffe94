import { runNamed, signsUpload } from "../../shared/artifacts/may.ts";
import { routes } from "../../shared/platform/http/route.ts";
import { model } from "../../shared/registered-models/may.ts";
import { run } from "../../shared/runs/may.ts";
import { listArtifacts } from "./list.ts";
import { createPresignedDownloadUrl, createPresignedUploadUrl } from "./presigned.ts";
import { getRunFile } from "./run-file.ts";
import {
  CreatePresignedDownloadUrl,
  CreatePresignedUploadUrl,
  ListArtifacts,
  RunFile,
  UploadArtifact,
  VersionFile,
} from "./schemas.ts";
import { uploadArtifact } from "./upload.ts";
import { getVersionFile } from "./version-file.ts";

export default routes([
  { at: "GET 2.0/mlflow/artifacts/list", input: ListArtifacts, may: run("read"), db: "read", run: listArtifacts },
  {
    at: "POST 2.0/mlflow/artifacts/presigned-download-url",
    input: CreatePresignedDownloadUrl,
    may: run("read"),
    db: "read",
    run: createPresignedDownloadUrl,
  },
  {
    at: "POST 2.0/mlflow/artifacts/presigned-upload-url",
    input: CreatePresignedUploadUrl,
    may: signsUpload,
    db: "read",
    run: createPresignedUploadUrl,
  },
  // Files that the page shows.
  { at: "GET /get-artifact", input: RunFile, may: runNamed("read"), db: "read", run: getRunFile },
  {
    at: "GET /model-versions/get-artifact",
    input: VersionFile,
    may: model("read", "not denied"),
    db: "read",
    run: getVersionFile,
  },
  {
    at: "POST 2.0/mlflow/upload-artifact",
    input: UploadArtifact,
    may: runNamed("update"),
    db: "read",
    run: uploadArtifact,
    only: "ajax-api",
    binary: true,
  },
]);
