/**
 * Direct uploads. One part (an empty file too) is a Put Blob by the client; more are Put Blocks, committed by
 * `complete`.
 */
import type { BlobAddress } from "../platform/azure/address.ts";
import { invalid } from "../platform/errors.ts";
import type { Context } from "../platform/http/route.ts";
import type { Artifact } from "./artifact.ts";
import { contentType } from "./content.ts";
import { ownerKey } from "./owner.ts";
import { signedUrl } from "./sas.ts";
import { blockId, formatUploadId, maxParts, newUploadId, type UploadId } from "./upload-id.ts";
import { recordUpload } from "./uploads.ts";

/** What a client needs to upload one part: PUT `url` with `headers`. */
interface PartCredential {
  url: string;
  part_number: number;
  headers?: Record<string, string>;
}

interface CreatedUpload {
  upload_id: string;
  credentials: PartCredential[];
}

const hour = 3600;
/** The longest that any upload SAS lives, in seconds. */
export const maxUploadLifetime = 24 * hour;

/**
 * Seconds an upload SAS lives: an hour and a minute more for each further part, up to a day. Clients never renew it.
 */
export const uploadLifetime = (parts: number): number => Math.min(maxUploadLifetime, hour + 60 * (parts - 1));

/**
 * @param parts 1 to 50,000
 * @throws MlflowError INVALID_PARAMETER_VALUE for another number of parts; those of signedUrl
 */
export async function createUpload(
  context: Pick<Context, "blobs" | "tables" | "caller">,
  artifact: Artifact,
  parts: number,
): Promise<CreatedUpload> {
  checkParts(parts);
  const id = newUploadId(parts);
  const [url, recorded] = await Promise.all([
    signedUrl(context, artifact, "write", { seconds: uploadLifetime(parts) }),
    recordUpload(context, id, artifact),
  ]);
  const credentials = parts === 1 ? [await putBlob(id, artifact, url)] : putBlocks(id, url);
  return { upload_id: formatUploadId({ ...id, ...(!recorded && { unrecorded: true }) }), credentials };
}

function checkParts(parts: number): void {
  if (parts < 1) throw invalid(`num_parts must be at least 1 (got ${parts}).`);
  if (parts > maxParts)
    throw invalid(
      `The file has ${parts} parts and Azure takes ${maxParts}. Set MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE higher for the client.`,
    );
}

async function putBlob(id: UploadId, blob: BlobAddress, url: string): Promise<PartCredential> {
  const headers = {
    "x-ms-blob-type": "BlockBlob",
    "x-ms-blob-content-type": await contentType(blob.name),
    [`x-ms-meta-${ownerKey}`]: id.token,
  };
  return { url, part_number: 1, headers };
}

// The signature covers neither `comp` nor `blockid`, so one serves all parts.
function putBlocks(id: UploadId, url: string): PartCredential[] {
  const at = url.indexOf("?");
  const [path, sas] = [url.slice(0, at), url.slice(at + 1)];
  return Array.from({ length: id.parts }, (_, index) => ({
    url: `${path}?comp=block&blockid=${encodeURIComponent(blockId(id, index + 1))}&${sas}`,
    part_number: index + 1,
  }));
}
