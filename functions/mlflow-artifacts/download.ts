import type { z } from "zod";
import { type Artifact, artifactInDestination } from "../../shared/artifacts/artifact.ts";
import { pageReachesBlobs } from "../../shared/artifacts/cors.ts";
import { findFile } from "../../shared/artifacts/find.ts";
import { fileToRead } from "../../shared/artifacts/paths.ts";
import { isDirect, presignFile, sendFile } from "../../shared/artifacts/send.ts";
import { MlflowError } from "../../shared/platform/errors.ts";
import { isFromPage } from "../../shared/platform/http/request.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { pathInDestination } from "./destination.ts";
import type { OneArtifact } from "./schemas.ts";

type Input = z.output<typeof OneArtifact>;

/**
 * A redirect to the blob; its bytes for the page where it is small, and for all where direct downloads are switched
 * off.
 */
export async function downloadArtifact(input: Input, context: Context) {
  const reader = isFromPage(context.request) ? "page" : "client";
  return sendFile(context, await findFile(context.blobs, readable(input, context)), reader);
}

/**
 * A URL the client downloads from, with the file's size so that it can download in ranges. A page that can't read blobs
 * by script is sent to the app for small files, so that it can show them; it can still follow a link to larger ones.
 */
export async function presignDownload(input: Input, context: Context) {
  const { request, config } = context;
  const artifact = readable(input, context);
  if (!isDirect(config))
    throw new MlflowError("NOT_IMPLEMENTED", "Multipart download is not supported for the current artifact repository");
  const throughApp = isFromPage(request) && !(await pageReachesBlobs(context));
  const file = await findFile(context.blobs, artifact);
  return throughApp && file.size <= config.MLFLOW_FUNCTIONS_PREVIEW_LIMIT
    ? { url: urlForPage(artifact.shown), headers: {}, file_size: file.size }
    : presignFile(context, file);
}

/** Relative to the page, whatever prefix a proxy in front may have given it. */
const urlForPage = (path: string) =>
  `ajax-api/2.0/mlflow-artifacts/artifacts/${path.split("/").map(encodeURIComponent).join("/")}`;

const readable = (input: Input, { request, config }: Context): Artifact =>
  artifactInDestination(fileToRead(pathInDestination(input.artifact_path, request)), config);
