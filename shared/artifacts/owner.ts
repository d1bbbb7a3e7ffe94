/**
 * A blob's metadata names the upload that wrote it. So `complete` can be repeated, and shows which of two uploads won,
 * with or without the ledger.
 */

import type { BlobAddress } from "../platform/azure/address.ts";
import type { BlobStorage } from "../platform/azure/blobs.ts";
import { isMissing } from "../platform/azure/storage-errors.ts";

export const ownerKey = "mlflowupload";

/** A blob as it is now. */
export interface OwnedBlob {
  /** The upload that wrote it; empty where it was written in another way. */
  owner: string;
  etag: string;
  /** In bytes. */
  size: number;
  md5?: Uint8Array;
}

/** @returns undefined where there is no blob */
export async function ownedBlob(
  blobs: BlobStorage,
  blob: BlobAddress,
  abortSignal: AbortSignal,
): Promise<OwnedBlob | undefined> {
  const client = (await blobs.container(blob.root)).getBlobClient(blob.name);
  try {
    const { metadata, etag, contentLength, contentMD5 } = await client.getProperties({ abortSignal });
    return { owner: metadata?.[ownerKey] ?? "", etag: etag!, size: contentLength ?? 0, md5: contentMD5 };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
