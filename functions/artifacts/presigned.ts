import type { z } from "zod";
import { artifactIn } from "../../shared/artifacts/artifact.ts";
import { attachment, contentType } from "../../shared/artifacts/content.ts";
import { findFile } from "../../shared/artifacts/find.ts";
import { maxUploadLifetime } from "../../shared/artifacts/multipart.ts";
import { fileToRead, newArtifactPath } from "../../shared/artifacts/paths.ts";
import { signedUrl } from "../../shared/artifacts/sas.ts";
import { loggedModelLocation, runLocation } from "../../shared/artifacts/store.ts";
import { splitUri } from "../../shared/artifacts/uri.ts";
import { invalid, invalidPath } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { shown } from "../../shared/platform/shown.ts";
import type { CreatePresignedDownloadUrl, CreatePresignedUploadUrl } from "./schemas.ts";

const defaultUploadSeconds = 900;
const maxSeconds = 604_800;

export async function createPresignedDownloadUrl(input: z.output<typeof CreatePresignedDownloadUrl>, context: Context) {
  const { db, config, blobs } = context;
  const path = filePath(input.path);
  const seconds = checkSeconds(input.expiration ?? config.MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS);
  const location = await runLocation(db, input.run_id);
  refuseProxied(
    location.uri,
    "download",
    "runs with proxied artifact storage",
    "a run with a direct cloud storage artifact URI",
  );
  const file = await findFile(blobs, artifactIn(location, path, config));
  const url = await signedUrl(context, file, "read", { seconds, contentDisposition: attachment(file.name) });
  return { presigned_url: url, file_size: file.size };
}

export async function createPresignedUploadUrl(input: z.output<typeof CreatePresignedUploadUrl>, context: Context) {
  const { db, config } = context;
  const { run_id: runId, model_id: modelId } = input;
  if (Boolean(runId) === Boolean(modelId)) throw invalid("Exactly one of run_id and model_id must be provided.");
  const path = newArtifactPath(input.path);
  const seconds = Math.min(maxUploadLifetime, checkSeconds(input.expiration ?? defaultUploadSeconds));
  const location = runId ? await runLocation(db, runId) : await loggedModelLocation(db, modelId!);
  refuseProxied(location.uri, "upload", "proxied artifact storage", "a direct cloud storage artifact URI");
  const url = await signedUrl(context, artifactIn(location, path, config), "write", { seconds });
  return {
    presigned_url: url,
    headers: { "x-ms-blob-type": "BlockBlob", "x-ms-blob-content-type": await contentType(path) },
  };
}

function filePath(given: string): string {
  const path = fileToRead(given);
  if (path === "" || given.endsWith("/")) throw invalidPath();
  return path;
}

function checkSeconds(seconds: number | bigint): number {
  if (seconds >= 1 && seconds <= maxSeconds) return Number(seconds);
  throw invalid(`expiration must be between 1 and ${maxSeconds} seconds (got ${seconds}).`);
}

/**
 * Clients reach these roots through the mlflow-artifacts routes; MLflow refuses to sign for them here (handlers.py).
 */
function refuseProxied(uri: string, direction: string, what: string, instead: string): void {
  const { scheme } = splitUri(uri);
  if (!["http", "https", "mlflow-artifacts"].includes(scheme)) return;
  throw invalid(
    `Presigned ${direction} is not supported for ${what} (artifact URI scheme: ${shown(scheme)}). This endpoint requires ${instead}.`,
  );
}
