import type { z } from "zod";
import { pageReachesBlobs } from "../../shared/artifacts/cors.ts";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { plainText } from "../../shared/platform/http/reply.ts";
import { isFromPage } from "../../shared/platform/http/request.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { Nothing } from "./schemas.ts";

export const version = () => plainText(mlflowVersion);

// Clients and the page ask this first, so the answer waits for nothing that may be unavailable.
const patience = 150;

/**
 * Whether the page's origin can reach the blobs. False while storage has not answered yet; a later request gets the
 * result.
 */
async function reachesSoon(context: Context): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, patience, false);
  });
  return Promise.race([pageReachesBlobs(context), late]).finally(() => clearTimeout(timer));
}

/**
 * What clients and the page ask before anything else (mlflow/server/handlers.py, build_server_info_payload). The page
 * is told of direct transfers only where its origin can reach the blobs; otherwise its previews come through the app.
 * Downloads are links and need no CORS rules.
 */
export async function serverInfo(_: z.output<typeof Nothing>, context: Context) {
  const { request, config } = context;
  const direct = !isFromPage(request) || (await reachesSoon(context));
  return {
    store_type: "SqlStore",
    workspaces_enabled: false,
    trace_archival_enabled: false,
    multipart_uploads_enabled: direct && config.MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD,
    multipart_downloads_enabled: config.MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD,
    artifact_serving_enabled: true,
    presigned_upload_run_id_supported: direct,
    presigned_upload_model_id_supported: direct,
    model_artifact_presigned_downloads_supported: direct,
    features_enabled: { gateway: false, scheduled_issue_detection: false },
    tracking_auth: config.MLFLOW_SERVER_INFO_TRACKING_AUTH,
    artifacts_presigned_only: direct && config.MLFLOW_ARTIFACTS_PRESIGNED_ONLY,
  };
}
