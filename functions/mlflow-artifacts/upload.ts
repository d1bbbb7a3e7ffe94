import { createHash } from "node:crypto";
import type { z } from "zod";
import { artifactInDestination } from "../../shared/artifacts/artifact.ts";
import { writeFile } from "../../shared/artifacts/transfer.ts";
import { invalid, MlflowError } from "../../shared/platform/errors.ts";
import { Reply } from "../../shared/platform/http/reply.ts";
import type { Request } from "../../shared/platform/http/request.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { shown } from "../../shared/platform/shown.ts";
import { newPathInDestination, refuseSkills } from "./destination.ts";
import type { OneArtifact } from "./schemas.ts";

/** An upload through the app, for clients that know no direct ones. */
export async function uploadArtifact(input: z.output<typeof OneArtifact>, { request, config, blobs }: Context) {
  if (request.url.pathname.endsWith("/")) throw invalid("Artifact path must include a filename (cannot end with '/').");
  const path = newPathInDestination(input.artifact_path, request);
  refuseSkills(path);
  const artifact = artifactInDestination(path, config);
  const content = await readContent(request, config.MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT);
  checkMd5(content, request.header("content-md5"));
  await writeFile(blobs, artifact, content);
  return new Reply(200);
}

/**
 * The app checks it and not Azure, since the SDK passes no hash with a whole blob. It takes 0.1 s for the largest file,
 * and only where a client sends the header.
 */
function checkMd5(content: Uint8Array, given: string | undefined): void {
  if (given === undefined) return;
  if (createHash("md5").update(content).digest("base64") !== given)
    throw invalid("The content does not have the MD5 of its Content-MD5 header.");
}

async function readContent(request: Request, limit: number): Promise<Uint8Array> {
  const declared = request.header("content-length");
  checkLimit(Number(declared ?? 0), limit);
  const content = await request.bytes();
  checkLimit(content.byteLength, limit);
  if (declared !== undefined && Number(declared) !== content.byteLength)
    throw invalid(`The body has ${content.byteLength} bytes, and its Content-Length is ${shown(declared)}.`);
  if (declared === undefined && content.byteLength === 0) checkEmpty(request);
  return content;
}

/**
 * Functions drops a body that comes without a Content-Length. The stock client sends one with every file except an
 * empty one. From other clients an empty body is refused, since it may have been a file.
 */
function checkEmpty(request: Request): void {
  if (request.header("user-agent")?.startsWith("mlflow-python-client/")) return;
  throw new MlflowError("INVALID_PARAMETER_VALUE", "An upload needs a Content-Length header.", { status: 411 });
}

function checkLimit(bytes: number, limit: number): void {
  if (bytes <= limit) return;
  throw new MlflowError(
    "INVALID_PARAMETER_VALUE",
    `The file has ${bytes} bytes, and this server takes at most ${limit} through itself. Larger ones go straight to storage: use an ` +
      "MLflow client from 3.18 on, or set MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD=true and MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE " +
      `to at most ${limit} for the client. Or set MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT for the server: the host holds six times a file in memory.`,
    { status: 413 },
  );
}
