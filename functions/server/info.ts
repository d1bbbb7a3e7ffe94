import { config } from "../../shared/config.ts";
import { plainText } from "../../shared/http/reply.ts";

/** The MLflow version whose API and schema this app serves. */
const mlflowVersion = "3.18.0";

export const health = () => plainText("OK");

export const version = () => plainText(mlflowVersion);

/** What clients and the page ask before anything else (mlflow/server/handlers.py, build_server_info_payload). */
export function serverInfo() {
  const settings = config();
  return {
    store_type: "SqlStore",
    workspaces_enabled: false,
    trace_archival_enabled: false,
    multipart_uploads_enabled: settings.MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD,
    multipart_downloads_enabled: settings.MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD,
    artifact_serving_enabled: true,
    presigned_upload_run_id_supported: true,
    presigned_upload_model_id_supported: true,
    model_artifact_presigned_downloads_supported: true,
    features_enabled: { gateway: false, scheduled_issue_detection: false },
    tracking_auth: "",
    artifacts_presigned_only: settings.MLFLOW_ARTIFACTS_PRESIGNED_ONLY,
  };
}
