/** How a file leaves: its bytes through the app, a redirect to storage, or a URL that the caller fetches. */
import type { Config } from "../platform/config.ts";
import { invalid, MlflowError } from "../platform/errors.ts";
import { Reply } from "../platform/http/reply.ts";
import type { Context } from "../platform/http/route.ts";
import { artifactIn, type StoredLocation } from "./artifact.ts";
import { attachment, contentType } from "./content.ts";
import { type FoundFile, findFile } from "./find.ts";
import { isFolder } from "./list.ts";
import { fileToRead } from "./paths.ts";
import { signedUrl } from "./sas.ts";
import { readFile } from "./transfer.ts";

/**
 * Who asked. Without CORS rules the page's script cannot read from storage, so it gets small files as bytes. Clients
 * follow redirects.
 */
export type Reader = "page" | "client";

/** Of the request that a file is sent for. */
type Asked = Pick<Context, "blobs" | "tables" | "caller" | "config">;

/** What a presigned download is answered with; `file_size` in bytes. */
interface PresignedDownload {
  url: string;
  headers: Record<string, string>;
  file_size: number;
}

/** Whether clients may be sent to storage. */
export const isDirect = (config: Config): boolean =>
  config.MLFLOW_ARTIFACTS_PRESIGNED_ONLY || config.MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD;

/**
 * A file as an attachment, so that no browser shows it as a page of this site (handlers.py,
 * _response_with_file_attachment_headers).
 * @throws MlflowError INVALID_PARAMETER_VALUE for one too large where direct downloads are switched off
 */
export async function sendFile(asked: Asked, file: FoundFile, reader: Reader): Promise<Reply> {
  const { config } = asked;
  const headers = { "content-type": await contentType(file.name), "content-disposition": attachment(file.name) };
  const small = reader === "page" && file.size <= config.MLFLOW_FUNCTIONS_PREVIEW_LIMIT;
  if (isDirect(config) && !small) return redirect(asked, file, headers);
  if (!small) checkLimit(file.size, config.MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT);
  return new Reply(200, { ...headers, ...asAttachment }, await readFile(asked.blobs, file, file.size));
}

/** What a file that the app sends itself is answered with, beside its type and name. */
export const asAttachment = {
  "cache-control": "no-cache",
  "x-content-type-options": "nosniff",
  // If a browser shows the file all the same, its scripts may do nothing with this site's rights.
  "content-security-policy": "sandbox",
};

async function redirect(
  asked: Asked,
  file: FoundFile,
  headers: { "content-type": string; "content-disposition": string },
): Promise<Reply> {
  const options = {
    seconds: asked.config.MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS,
    contentType: headers["content-type"],
    contentDisposition: headers["content-disposition"],
  };
  const location = await signedUrl(asked, file, "read", options);
  return new Reply(302, { location, "cache-control": "no-store" });
}

function checkLimit(size: number, limit: number): void {
  if (size > limit)
    throw invalid(
      `The file has ${size} bytes, and this server passes on at most ${limit}. ` +
        "Set MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD=true for the server, so that clients download from storage, or raise its " +
        "MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT.",
    );
}

/**
 * A URL that reads one file, and its size, so that it can be downloaded in ranges. A missing file gets no signature,
 * and so no entry in the grant log: it has to be found first.
 */
export async function presignFile(asked: Asked, file: FoundFile): Promise<PresignedDownload> {
  const options = {
    seconds: asked.config.MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS,
    contentDisposition: attachment(file.name),
  };
  return { url: await signedUrl(asked, file, "read", options), headers: {}, file_size: file.size };
}

/**
 * A file below a stored location, for the page.
 * @param path a path that `artifactPath` has passed
 * @param presigned answer a URL in place of the file
 * @throws MlflowError those of artifactIn, findFile and sendFile; NOT_IMPLEMENTED, which the page falls back on,
 * where direct downloads are switched off
 */
export async function sendStored(
  asked: Asked,
  location: StoredLocation,
  path: string,
  { presigned }: { presigned: boolean },
): Promise<Reply | PresignedDownload> {
  const artifact = artifactIn(location, fileToRead(path), asked.config);
  if (presigned) {
    if (isDirect(asked.config)) return presignFile(asked, await findFile(asked.blobs, artifact));
    throw new MlflowError("NOT_IMPLEMENTED", "Presigned download is not supported for the current artifact repository");
  }
  const folder = () => invalid(`Artifact path refers to a directory, not a file: '${artifact.shown}'`);
  if (path === "") throw folder();
  try {
    return await sendFile(asked, await findFile(asked.blobs, artifact), "page");
  } catch (error) {
    const missing = error instanceof MlflowError && error.code === "RESOURCE_DOES_NOT_EXIST";
    throw missing && (await isFolder(asked.blobs, artifact)) ? folder() : error;
  }
}
