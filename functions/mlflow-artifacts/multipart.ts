import type { z } from "zod";
import { abortUpload, completeUpload } from "../../shared/artifacts/complete.ts";
import { createUpload } from "../../shared/artifacts/multipart.ts";
import { joinPath, uploadFileName } from "../../shared/artifacts/paths.ts";
import { ensureContainer } from "../../shared/artifacts/transfer.ts";
import type { BlobAddress } from "../../shared/platform/azure/address.ts";
import { config } from "../../shared/platform/config.ts";
import { MlflowError } from "../../shared/platform/errors.ts";
import type { Request } from "../../shared/platform/http/request.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { blobInDestination, newPathInDestination, refuseSkills } from "./destination.ts";
import type { AbortMultipartUpload, CompleteMultipartUpload, CreateMultipartUpload } from "./schemas.ts";

export async function createMultipartUpload(
  input: z.output<typeof CreateMultipartUpload>,
  { request, caller }: Context,
) {
  checkEnabled();
  const blob = uploadedBlob(input, request);
  await ensureContainer(blob.root);
  return createUpload(blob, Number(input.num_parts ?? 0), caller);
}

export async function completeMultipartUpload(
  input: z.output<typeof CompleteMultipartUpload>,
  { request, caller }: Context,
) {
  checkEnabled();
  const parts = input.parts.map(({ part_number, url }) => ({
    part_number: part_number === undefined ? undefined : Number(part_number),
    url,
  }));
  const expected = { size: input.size === undefined ? undefined : Number(input.size), md5: input.content_md5 };
  await completeUpload(uploadedBlob(input, request), input.upload_id, parts, expected, caller);
  return {};
}

export async function abortMultipartUpload(input: z.output<typeof AbortMultipartUpload>, { request, caller }: Context) {
  checkEnabled();
  await abortUpload(uploadedBlob(input, request), input.upload_id, caller);
  return {};
}

function checkEnabled(): void {
  const settings = config();
  if (settings.MLFLOW_ARTIFACTS_PRESIGNED_ONLY || settings.MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD) return;
  // Clients go back to the proxied upload on this code, older ones on this text.
  throw new MlflowError("NOT_IMPLEMENTED", "Multipart upload is not supported for the current artifact repository");
}

/** The URL names the folder, the body's `path` the file. */
function uploadedBlob({ artifact_path, path }: { artifact_path: string; path: string }, request: Request): BlobAddress {
  const name = uploadFileName(path, request.header("user-agent"));
  const target = joinPath(newPathInDestination(artifact_path, request), name);
  refuseSkills(target);
  return blobInDestination(target);
}
