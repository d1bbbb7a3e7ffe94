import { addAbortSignal, type Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { BlobAddress } from "../platform/azure/address.ts";
import type { BlobStorage } from "../platform/azure/blobs.ts";
import { isMissing } from "../platform/azure/storage-errors.ts";
import { missing } from "../platform/errors.ts";
import { shown as cut } from "../platform/shown.ts";
import type { Artifact } from "./artifact.ts";
import { contentType } from "./content.ts";

const noSuchArtifact = (path: string) => missing(`No such artifact: '${cut(path)}'`);

/**
 * Size of a file in bytes.
 * @throws MlflowError RESOURCE_DOES_NOT_EXIST
 */
export function fileSize(blobs: BlobStorage, { root, name, shown }: Artifact): Promise<number> {
  return blobs.run(root, async (abortSignal) => {
    try {
      const client = (await blobs.container(root)).getBlobClient(name);
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
export async function writeFile(blobs: BlobStorage, blob: BlobAddress, content: Uint8Array): Promise<void> {
  await blobs.ensureContainer(blob.root);
  const write = async (abortSignal: AbortSignal) => {
    const client = (await blobs.container(blob.root)).getBlockBlobClient(blob.name);
    await client.upload(content, content.byteLength, {
      blobHTTPHeaders: { blobContentType: await contentType(blob.name) },
      abortSignal,
    });
  };
  await blobs.run(blob.root, write, content.byteLength);
}

/**
 * Reads a file whole.
 * @param size in bytes, as far as it is known
 * @throws MlflowError RESOURCE_DOES_NOT_EXIST
 */
export function readFile(blobs: BlobStorage, { root, name, shown }: Artifact, size: number): Promise<Uint8Array> {
  const read = async (abortSignal: AbortSignal) => {
    try {
      const client = (await blobs.container(root)).getBlobClient(name);
      // One request, so that the answer is the whole old file or the whole new one, even during a write.
      const { readableStreamBody } = await client.download(0, undefined, { abortSignal });
      return await buffer(addAbortSignal(abortSignal, readableStreamBody as Readable));
    } catch (error) {
      throw isMissing(error) ? noSuchArtifact(shown) : error;
    }
  };
  return blobs.run(root, read, size);
}
