import type { z } from "zod";
import { pageReachesBlobs } from "../../shared/blob/cors.ts";
import { isDirect, presignFile, sendFile } from "../../shared/blob/send.ts";
import { fileSize } from "../../shared/blob/transfer.ts";
import { config } from "../../shared/config.ts";
import { MlflowError } from "../../shared/http/errors.ts";
import { isFromPage } from "../../shared/http/request.ts";
import type { Context } from "../../shared/http/route.ts";
import { blobInDestination, pathInDestination } from "./destination.ts";
import type { OneArtifact } from "./schemas.ts";

type Input = z.output<typeof OneArtifact>;

/** A redirect to the blob; its bytes for the page where it is small, and for all where direct downloads are switched off. */
export function downloadArtifact(input: Input, { request, caller }: Context) {
  const path = pathInDestination(input.artifact_path);
  const reader = isFromPage(request) ? "page" : "client";
  return sendFile(blobInDestination(path), path, reader, { caller });
}

/**
 * A URL the client downloads from, with the file's size so that it can download in ranges. A page that can't read blobs by script is
 * sent to the app for small files, so that it can show them; it can still follow a link to larger ones.
 */
export async function presignDownload(input: Input, { request, caller }: Context) {
  const path = pathInDestination(input.artifact_path);
  if (!isDirect())
    throw new MlflowError("NOT_IMPLEMENTED", "Multipart download is not supported for the current artifact repository");
  const blob = blobInDestination(path);
  if (isFromPage(request) && !(await pageReachesBlobs(request))) {
    const size = await fileSize(blob, path);
    // Relative to the page, whatever prefix a proxy in front may have given it.
    const url = request.url.pathname.slice(1).replace("/presigned/", "/artifacts/");
    if (size <= config().MLFLOW_FUNCTIONS_PREVIEW_LIMIT) return { url, headers: {}, file_size: size };
  }
  return presignFile(blob, path, { caller });
}
