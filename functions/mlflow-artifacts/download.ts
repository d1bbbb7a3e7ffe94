import type { z } from "zod";
import { attachment, contentType } from "../../shared/blob/content.ts";
import { signedUrl } from "../../shared/blob/sas.ts";
import { fileSize, readFile } from "../../shared/blob/transfer.ts";
import { type Config, config } from "../../shared/config.ts";
import { invalid, MlflowError } from "../../shared/http/errors.ts";
import { Reply } from "../../shared/http/reply.ts";
import { blobInDestination, pathInDestination } from "./destination.ts";
import type { OneArtifact } from "./schemas.ts";

type Input = z.output<typeof OneArtifact>;

const isDirect = (settings: Config) =>
  settings.MLFLOW_ARTIFACTS_PRESIGNED_ONLY || settings.MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD;

/** A redirect to the blob; its bytes where direct downloads are switched off. */
export async function downloadArtifact(input: Input) {
  const path = pathInDestination(input.artifact_path);
  const blob = blobInDestination(path);
  const settings = config();
  const size = await fileSize(blob, path);
  const headers = { "content-type": await contentType(path), "content-disposition": attachment(path) };
  if (isDirect(settings)) {
    const location = await signedUrl(blob, "read", {
      seconds: settings.MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS,
      contentType: headers["content-type"],
      contentDisposition: headers["content-disposition"],
    });
    return new Reply(302, { location, "cache-control": "no-store" });
  }
  if (size > settings.MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT)
    throw invalid(
      `The file has ${size} bytes, and this server passes on at most ${settings.MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT}. ` +
        "Set MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD=true for the server, so that clients download from storage.",
    );
  return new Reply(200, headers, await readFile(blob, path));
}

/** A URL the client downloads from, with the file's size so that it can download in ranges. */
export async function presignDownload(input: Input) {
  const path = pathInDestination(input.artifact_path);
  const settings = config();
  if (!isDirect(settings))
    throw new MlflowError("NOT_IMPLEMENTED", "Multipart download is not supported for the current artifact repository");
  const blob = blobInDestination(path);
  const seconds = settings.MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS;
  const [size, url] = await Promise.all([
    fileSize(blob, path),
    signedUrl(blob, "read", { seconds, contentDisposition: attachment(path) }),
  ]);
  return { url, headers: {}, file_size: size };
}
