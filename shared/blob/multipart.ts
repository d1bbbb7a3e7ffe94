/**
 * Direct uploads. One part (an empty file too) is a Put Blob by the client; more are Put Blocks, committed by `complete`. The blob
 * itself remembers, as metadata, which upload wrote it: that makes `complete` repeatable and tells whose file won.
 */
import { invalid, MlflowError } from "../http/errors.ts";
import { containerClient } from "./account.ts";
import { contentType } from "./content.ts";
import type { BlobAddress } from "./roots.ts";
import { signedUrl } from "./sas.ts";
import { isMissing, isStorageCode, onStorage } from "./storage-errors.ts";
import { blockId, formatUploadId, maxParts, newUploadId, parseUploadId, partOf, type UploadId } from "./upload-id.ts";

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

/** A part as `complete` names it. */
interface UploadedPart {
  part_number?: number;
  url?: string;
}

const ownerKey = "mlflowupload";
const hour = 3600;

/** Seconds an upload SAS lives: an hour and a minute more for each further part, up to a day. Clients never renew it. */
export const uploadLifetime = (parts: number): number => Math.min(24 * hour, hour + 60 * (parts - 1));

/**
 * @param parts 1 to 50,000
 * @throws MlflowError INVALID_PARAMETER_VALUE for another number of parts; those of signedUrl
 */
export async function createUpload(blob: BlobAddress, parts: number): Promise<CreatedUpload> {
  checkParts(parts);
  const id = newUploadId(parts);
  const url = await signedUrl(blob, "write", { seconds: uploadLifetime(parts) });
  const credentials = parts === 1 ? [await putBlob(id, blob, url)] : putBlocks(id, url);
  return { upload_id: formatUploadId(id), credentials };
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

/**
 * Makes the uploaded parts the file; can be repeated.
 * @throws MlflowError INVALID_PARAMETER_VALUE where parts are missing, doubled or of another upload, RESOURCE_CONFLICT where
 * another upload of the same file won
 */
export async function completeUpload(
  blob: BlobAddress,
  uploadId: string | undefined,
  parts: UploadedPart[],
): Promise<void> {
  const id = parseUploadId(uploadId);
  checkEveryPart(id, parts);
  await onStorage(blob.root, () => (id.parts === 1 ? checkOwner(id, blob) : commit(id, blob)));
}

function checkEveryPart(id: UploadId, parts: UploadedPart[]): void {
  const numbers = new Set(parts.map((part) => partNumber(id, part)));
  if (numbers.size !== parts.length) throw invalid("The same part is given twice.");
  if (numbers.size !== id.parts) throw invalid(`The upload has ${id.parts} parts and ${numbers.size} are given.`);
}

/** A part's number, which its URL must agree with. */
function partNumber(id: UploadId, { part_number: number, url }: UploadedPart): number {
  if (number === undefined || number < 1 || number > id.parts)
    throw invalid(`Part ${number ?? "without a number"} is none of the upload's ${id.parts} parts.`);
  const block = url && URL.canParse(url) ? new URL(url).searchParams.get("blockid") : null;
  if (block !== null && partOf(id, block) !== number)
    throw invalid(`The URL of part ${number} belongs to another part.`);
  return number;
}

async function commit(id: UploadId, blob: BlobAddress): Promise<void> {
  // Committing again would drop the blocks that another upload of the same file has under way.
  if ((await currentOwner(blob)) === id.token) return;
  const client = (await containerClient(blob.root)).getBlockBlobClient(blob.name);
  const blocks = Array.from({ length: id.parts }, (_, index) => blockId(id, index + 1));
  try {
    await client.commitBlockList(blocks, {
      blobHTTPHeaders: { blobContentType: await contentType(blob.name) },
      metadata: { [ownerKey]: id.token },
    });
  } catch (error) {
    if (!isStorageCode(error, "InvalidBlockList")) throw error;
    await checkOwner(id, blob, "at least one of its parts was not uploaded");
  }
}

/** Passes where this upload's file is what the blob holds now. */
async function checkOwner(id: UploadId, blob: BlobAddress, why = "its part was not uploaded"): Promise<void> {
  const owner = await currentOwner(blob);
  if (owner === id.token) return;
  if (owner === undefined) throw invalid(`The upload cannot be completed: ${why}.`);
  throw new MlflowError(
    "RESOURCE_CONFLICT",
    `The upload cannot be completed: ${why}, or another upload of the same file was completed after it.`,
  );
}

/** The upload that wrote the blob, empty where it was written in another way, undefined where there is no blob. */
async function currentOwner(blob: BlobAddress): Promise<string | undefined> {
  const client = (await containerClient(blob.root)).getBlobClient(blob.name);
  try {
    return (await client.getProperties()).metadata?.[ownerKey] ?? "";
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Gives an upload up. Blocks that are not committed die by themselves after a week, and a committed file is never touched.
 * @throws MlflowError INVALID_PARAMETER_VALUE for what this server never issued
 */
export function abortUpload(uploadId: string | undefined): void {
  parseUploadId(uploadId);
}
