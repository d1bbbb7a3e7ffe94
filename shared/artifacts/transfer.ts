import { addAbortSignal, type Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { containerClient } from "../platform/azure/account.ts";
import type { ArtifactRoot, BlobAddress } from "../platform/azure/address.ts";
import { isMissing, isStorageCode, onStorage } from "../platform/azure/storage-errors.ts";
import { missing } from "../platform/errors.ts";
import { onceFor } from "../platform/once.ts";
import { shown as cut } from "../platform/shown.ts";
import type { Artifact } from "./artifact.ts";
import { contentType } from "./content.ts";

const noSuchArtifact = (path: string) => missing(`No such artifact: '${cut(path)}'`);

/**
 * Creates the container of the artifacts destination where it is missing, once a process. An identity that may not
 * create containers is no error here: the upload itself will say what is wrong.
 */
export const ensureContainer = onceFor(
  (root: ArtifactRoot) =>
    onStorage(root, async (abortSignal) => {
      try {
        await (await containerClient(root)).createIfNotExists({ abortSignal });
      } catch (error) {
        if (!isStorageCode(error, "AuthorizationPermissionMismatch") && !isStorageCode(error, "AuthorizationFailure"))
          throw error;
      }
    }),
  ({ account, container }) => `${account}/${container}`,
);

/**
 * Size of a file in bytes.
 * @throws MlflowError RESOURCE_DOES_NOT_EXIST
 */
export function fileSize({ root, name, shown }: Artifact): Promise<number> {
  return onStorage(root, async (abortSignal) => {
    try {
      const client = (await containerClient(root)).getBlobClient(name);
      const { contentLength = 0, metadata = {} } = await client.getProperties({ abortSignal });
      // The folder of an account with a hierarchical namespace.
      if (contentLength === 0 && metadata.hdi_isfolder?.toLowerCase() === "true") throw noSuchArtifact(shown);
      return contentLength;
    } catch (error) {
      throw isMissing(error) ? noSuchArtifact(shown) : error;
    }
  });
}

/** Writes a file whole, with the content type of its name. */
export async function writeFile(blob: BlobAddress, content: Uint8Array): Promise<void> {
  await ensureContainer(blob.root);
  const write = async (abortSignal: AbortSignal) => {
    const client = (await containerClient(blob.root)).getBlockBlobClient(blob.name);
    await client.upload(content, content.byteLength, {
      blobHTTPHeaders: { blobContentType: await contentType(blob.name) },
      abortSignal,
    });
  };
  await onStorage(blob.root, write, content.byteLength);
}

/**
 * Reads a file whole.
 * @param size in bytes, as far as it is known
 * @throws MlflowError RESOURCE_DOES_NOT_EXIST
 */
export function readFile({ root, name, shown }: Artifact, size: number): Promise<Uint8Array> {
  const read = async (abortSignal: AbortSignal) => {
    try {
      const client = (await containerClient(root)).getBlobClient(name);
      // One request, so that the answer is the whole old file or the whole new one, even during a write.
      const { readableStreamBody } = await client.download(0, undefined, { abortSignal });
      return await buffer(addAbortSignal(abortSignal, readableStreamBody as Readable));
    } catch (error) {
      throw isMissing(error) ? noSuchArtifact(shown) : error;
    }
  };
  return onStorage(root, read, size);
}
