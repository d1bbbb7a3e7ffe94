import type { z } from "zod";
import { pageReachesBlobs } from "../../shared/artifacts/cors.ts";
import { readStored } from "../../shared/artifacts/find.ts";
import { fileToRead } from "../../shared/artifacts/paths.ts";
import { artifactsDestination } from "../../shared/artifacts/roots.ts";
import { isDirect, presignFile, sendFile } from "../../shared/artifacts/send.ts";
import { fileSize } from "../../shared/artifacts/transfer.ts";
import { config } from "../../shared/platform/config.ts";
import { MlflowError } from "../../shared/platform/errors.ts";
import { isFromPage, type Request } from "../../shared/platform/http/request.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { pathInDestination } from "./destination.ts";
import type { OneArtifact } from "./schemas.ts";

type Input = z.output<typeof OneArtifact>;

/**
 * A redirect to the blob; its bytes for the page where it is small, and for all where direct downloads are switched
 * off.
 */
export function downloadArtifact(input: Input, { request, caller }: Context) {
  const path = readablePath(input, request);
  const reader = isFromPage(request) ? "page" : "client";
  return readStored(artifactsDestination(config()), path, (blob) => sendFile(blob, path, reader, { caller }));
}

/**
 * A URL the client downloads from, with the file's size so that it can download in ranges. A page that can't read blobs
 * by script is sent to the app for small files, so that it can show them; it can still follow a link to larger ones.
 */
export async function presignDownload(input: Input, { request, caller }: Context) {
  const path = readablePath(input, request);
  if (!isDirect())
    throw new MlflowError("NOT_IMPLEMENTED", "Multipart download is not supported for the current artifact repository");
  const throughApp = isFromPage(request) && !(await pageReachesBlobs(request));
  return readStored(artifactsDestination(config()), path, async (blob) => {
    const size = throughApp ? await fileSize(blob, path) : undefined;
    if (size !== undefined && size <= config().MLFLOW_FUNCTIONS_PREVIEW_LIMIT)
      return { url: urlForPage(path), headers: {}, file_size: size };
    return presignFile(blob, path, { caller });
  });
}

/** Relative to the page, whatever prefix a proxy in front may have given it. */
const urlForPage = (path: string) =>
  `ajax-api/2.0/mlflow-artifacts/artifacts/${path.split("/").map(encodeURIComponent).join("/")}`;

const readablePath = (input: Input, request: Request) => fileToRead(pathInDestination(input.artifact_path, request));
