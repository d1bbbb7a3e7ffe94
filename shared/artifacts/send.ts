/** How a file leaves: its bytes through the app, a redirect to storage, or a URL that the caller fetches. */
import type { BlobAddress } from "../platform/azure/address.ts";
import { config } from "../platform/config.ts";
import { invalid, MlflowError } from "../platform/errors.ts";
import { Reply } from "../platform/http/reply.ts";
import { attachment, contentType } from "./content.ts";
import { readStored } from "./find.ts";
import { isFolder } from "./list.ts";
import { fileToRead } from "./paths.ts";
import { blobAt, resolveRoot, shownPath } from "./roots.ts";
import { type Grantee, signedUrl } from "./sas.ts";
import { fileSize, readFile } from "./transfer.ts";

/**
 * Who asked. Without CORS rules the page's script cannot read from storage, so it gets small files as bytes. Clients
 * follow redirects.
 */
export type Reader = "page" | "client";

/** What a presigned download is answered with; `file_size` in bytes. */
interface PresignedDownload {
  url: string;
  headers: Record<string, string>;
  file_size: number;
}

/** Whether clients may be sent to storage. */
export function isDirect(): boolean {
  const settings = config();
  return settings.MLFLOW_ARTIFACTS_PRESIGNED_ONLY || settings.MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD;
}

/**
 * A file as an attachment, so that no browser shows it as a page of this site (handlers.py,
 * _response_with_file_attachment_headers).
 * @param shown how errors name it
 * @throws MlflowError RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE for one too large where direct downloads are
 * switched off
 */
export async function sendFile(blob: BlobAddress, shown: string, reader: Reader, grantee: Grantee): Promise<Reply> {
  const settings = config();
  const size = await fileSize(blob, shown);
  const headers = { "content-type": await contentType(blob.name), "content-disposition": attachment(blob.name) };
  const small = reader === "page" && size <= settings.MLFLOW_FUNCTIONS_PREVIEW_LIMIT;
  if (isDirect() && !small) return redirect(blob, headers, grantee);
  if (!small) checkLimit(size, settings.MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT);
  const sent = {
    ...headers,
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    // If a browser shows the file all the same, its scripts may do nothing with this site's rights.
    "content-security-policy": "sandbox",
  };
  return new Reply(200, sent, await readFile(blob, shown, size));
}

async function redirect(
  blob: BlobAddress,
  headers: { "content-type": string; "content-disposition": string },
  grantee: Grantee,
): Promise<Reply> {
  const options = {
    seconds: config().MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS,
    contentType: headers["content-type"],
    contentDisposition: headers["content-disposition"],
  };
  const location = await signedUrl(blob, "read", options, grantee);
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
 * A URL that reads one file, and its size, so that it can be downloaded in ranges.
 * @param shown how errors name it
 * @throws MlflowError RESOURCE_DOES_NOT_EXIST
 */
export async function presignFile(blob: BlobAddress, shown: string, grantee: Grantee): Promise<PresignedDownload> {
  const seconds = config().MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS;
  // One after the other: a missing file must get no signature, and so no entry in the grant log.
  const size = await fileSize(blob, shown);
  const url = await signedUrl(blob, "read", { seconds, contentDisposition: attachment(blob.name) }, grantee);
  return { url, headers: {}, file_size: size };
}

/**
 * A file below a stored artifact root, for the page.
 * @param path a path that `artifactPath` has passed
 * @param presigned answer a URL in place of the file
 * @throws MlflowError those of resolveRoot, sendFile and presignFile; NOT_IMPLEMENTED, which the page falls back on,
 * where direct downloads are switched off
 */
export async function sendStored(
  uri: string,
  path: string,
  { presigned, ...grantee }: { presigned: boolean } & Grantee,
): Promise<Reply | PresignedDownload> {
  const root = resolveRoot(uri, config());
  const shown = shownPath(uri, fileToRead(path));
  if (presigned) {
    if (isDirect()) return readStored(root, path, (blob) => presignFile(blob, shown, grantee));
    throw new MlflowError("NOT_IMPLEMENTED", "Presigned download is not supported for the current artifact repository");
  }
  const folder = () => invalid(`Artifact path refers to a directory, not a file: '${shown}'`);
  if (path === "") throw folder();
  try {
    return await readStored(root, path, (blob) => sendFile(blob, shown, "page", grantee));
  } catch (error) {
    const missing = error instanceof MlflowError && error.code === "RESOURCE_DOES_NOT_EXIST";
    throw missing && (await isFolder(blobAt(root, path))) ? folder() : error;
  }
}
