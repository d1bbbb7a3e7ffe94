import { routes } from "../../shared/platform/http/route.ts";
import { deleteArtifact } from "./delete.ts";
import { downloadArtifact, presignDownload } from "./download.ts";
import { listArtifacts } from "./list.ts";
import { deletes, lists, reads, uploads, writes } from "./may.ts";
import { abortMultipartUpload, completeMultipartUpload, createMultipartUpload } from "./multipart.ts";
import {
  AbortMultipartUpload,
  CompleteMultipartUpload,
  CreateMultipartUpload,
  ListArtifacts,
  OneArtifact,
} from "./schemas.ts";
import { uploadArtifact } from "./upload.ts";

const artifact = "2.0/mlflow-artifacts/artifacts/**:artifact_path";

// 50,000 parts, each with its URL.
const allParts = { bytes: 64 * 2 ** 20, values: 300_000 };

export default routes([
  { at: "GET 2.0/mlflow-artifacts/artifacts", input: ListArtifacts, may: lists, run: listArtifacts },
  { at: `GET ${artifact}`, input: OneArtifact, may: reads, run: downloadArtifact },
  { at: `PUT ${artifact}`, input: OneArtifact, may: writes, run: uploadArtifact, binary: true },
  {
    at: `DELETE ${artifact}`,
    input: OneArtifact,
    may: deletes,
    run: deleteArtifact,
    audit: ({ artifact_path }) => ({ what: "artifact.deleted", of: artifact_path }),
  },
  {
    at: "POST 2.0/mlflow-artifacts/mpu/create/**:artifact_path",
    input: CreateMultipartUpload,
    may: uploads,
    run: createMultipartUpload,
  },
  {
    at: "POST 2.0/mlflow-artifacts/mpu/complete/**:artifact_path",
    input: CompleteMultipartUpload,
    may: uploads,
    run: completeMultipartUpload,
    body: allParts,
  },
  {
    at: "POST 2.0/mlflow-artifacts/mpu/abort/**:artifact_path",
    input: AbortMultipartUpload,
    may: uploads,
    run: abortMultipartUpload,
  },
  {
    at: "GET 2.0/mlflow-artifacts/presigned/**:artifact_path",
    input: OneArtifact,
    may: reads,
    run: presignDownload,
  },
]);
