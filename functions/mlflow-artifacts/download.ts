import type { z } from "zod";
import { isDirect, presignFile, sendFile } from "../../shared/blob/send.ts";
import { MlflowError } from "../../shared/http/errors.ts";
import type { Context } from "../../shared/http/route.ts";
import { blobInDestination, pathInDestination } from "./destination.ts";
import type { OneArtifact } from "./schemas.ts";

type Input = z.output<typeof OneArtifact>;

/** A redirect to the blob; its bytes for the page where it is small, and for all where direct downloads are switched off. */
export function downloadArtifact(input: Input, { request, caller }: Context) {
  const path = pathInDestination(input.artifact_path);
  const reader = request.url.pathname.startsWith("/ajax-api/") ? "page" : "client";
  return sendFile(blobInDestination(path), path, reader, { caller });
}

/** A URL the client downloads from, with the file's size so that it can download in ranges. */
export function presignDownload(input: Input, { caller }: Context) {
  const path = pathInDestination(input.artifact_path);
  if (!isDirect())
    throw new MlflowError("NOT_IMPLEMENTED", "Multipart download is not supported for the current artifact repository");
  return presignFile(blobInDestination(path), path, { caller });
}
