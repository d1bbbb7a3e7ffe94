import type { z } from "zod";
import { type Artifact, artifactInDestination } from "../../shared/artifacts/artifact.ts";
import { abortUpload, completeUpload } from "../../shared/artifacts/complete.ts";
import { createUpload } from "../../shared/artifacts/multipart.ts";
import type { Config } from "../../shared/platform/config.ts";
import { MlflowError } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { refuseSkills, uploadInDestination } from "./destination.ts";
import type { AbortMultipartUpload, CompleteMultipartUpload, CreateMultipartUpload } from "./schemas.ts";

export async function createMultipartUpload(input: z.output<typeof CreateMultipartUpload>, context: Context) {
  checkEnabled(context.config);
  const artifact = uploaded(input, context);
  await context.blobs.ensureContainer(artifact.root);
  return createUpload(context, artifact, Number(input.num_parts ?? 0));
}

export async function completeMultipartUpload(input: z.output<typeof CompleteMultipartUpload>, context: Context) {
  checkEnabled(context.config);
  const parts = input.parts.map(({ part_number, url }) => ({
    part_number: part_number === undefined ? undefined : Number(part_number),
    url,
  }));
  const expected = { size: input.size === undefined ? undefined : Number(input.size), md5: input.content_md5 };
  await completeUpload(context, uploaded(input, context), input.upload_id, parts, expected);
  return {};
}

export async function abortMultipartUpload(input: z.output<typeof AbortMultipartUpload>, context: Context) {
  checkEnabled(context.config);
  await abortUpload(context, uploaded(input, context), input.upload_id);
  return {};
}

function checkEnabled(config: Config): void {
  if (config.MLFLOW_ARTIFACTS_PRESIGNED_ONLY || config.MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD) return;
  // Clients go back to the proxied upload on this code, older ones on this text.
  throw new MlflowError("NOT_IMPLEMENTED", "Multipart upload is not supported for the current artifact repository");
}

function uploaded(
  input: { artifact_path: string; path: string },
  { request, config }: Pick<Context, "request" | "config">,
): Artifact {
  const target = uploadInDestination(input, request);
  refuseSkills(target);
  return artifactInDestination(target, config);
}
