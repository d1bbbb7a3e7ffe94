import { group, plain } from "../../shared/http/route.ts";
import { deleteArtifact } from "./delete.ts";
import { downloadArtifact, presignDownload } from "./download.ts";
import { listArtifacts } from "./list.ts";
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

export default group(
  "mlflow-artifacts",
  [
    plain("GET 2.0/mlflow-artifacts/artifacts", ListArtifacts, listArtifacts),
    plain(`GET ${artifact}`, OneArtifact, downloadArtifact),
    plain(`PUT ${artifact}`, OneArtifact, uploadArtifact, { binary: true }),
    plain(`DELETE ${artifact}`, OneArtifact, deleteArtifact),
    plain("POST 2.0/mlflow-artifacts/mpu/create/**:artifact_path", CreateMultipartUpload, createMultipartUpload),
    plain("POST 2.0/mlflow-artifacts/mpu/complete/**:artifact_path", CompleteMultipartUpload, completeMultipartUpload, {
      body: allParts,
    }),
    plain("POST 2.0/mlflow-artifacts/mpu/abort/**:artifact_path", AbortMultipartUpload, abortMultipartUpload),
    plain("GET 2.0/mlflow-artifacts/presigned/**:artifact_path", OneArtifact, presignDownload),
  ],
  { template: "{api}/{version}/mlflow-artifacts/{*rest}" },
);
