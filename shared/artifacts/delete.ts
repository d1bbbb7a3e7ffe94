import type { BlobClient } from "@azure/storage-blob";
import type { ArtifactRoot } from "../platform/azure/address.ts";
import type { BlobStorage } from "../platform/azure/blobs.ts";
import { isLeased, isMissing } from "../platform/azure/storage-errors.ts";
import { blobPages } from "./list-blobs.ts";
import { joinPath } from "./paths.ts";

const atOnce = 32;

/**
 * Deletes the file of that name and everything in the folder of that name, and nothing beside: `a/b` never deletes
 * `a/bc`. What does not exist is no error, so it can be repeated. Where folders are blobs of their own, each goes after
 * what lies in it.
 * @param path not empty: a whole root is not deleted by one slip
 * @throws MlflowError as BlobStorage.run; RESOURCE_CONFLICT where others keep writing into the folder
 */
export async function deleteArtifacts(blobs: BlobStorage, root: ArtifactRoot, path: string): Promise<void> {
  if (path === "") throw new Error("deleteArtifacts needs a path");
  const target = joinPath(root.prefix, path);
  const folders: string[] = [];
  for await (const listed of blobPages(blobs, root, { prefix: `${target}/` })) {
    await deleteAll(
      blobs,
      root,
      listed.filter(({ isDir }) => !isDir).map(({ name }) => name),
    );
    for (const { name, isDir } of listed) if (isDir) folders.push(name);
  }
  for (const names of deepestFirst(folders)) await deleteAll(blobs, root, names);
  await deleteAll(blobs, root, [target]);
}

const depthOf = (name: string) => name.split("/").length;

function deepestFirst(names: string[]): string[][] {
  const byDepth = new Map<number, string[]>();
  for (const name of names) byDepth.set(depthOf(name), [...(byDepth.get(depthOf(name)) ?? []), name]);
  return [...byDepth].sort(([one], [other]) => other - one).map(([, level]) => level);
}

async function deleteAll(blobs: BlobStorage, root: ArtifactRoot, names: string[]): Promise<void> {
  for (let from = 0; from < names.length; from += atOnce) {
    const some = names.slice(from, from + atOnce);
    await blobs.run(root, async (signal) => {
      const client = await blobs.container(root);
      await Promise.all(some.map((name) => deleteBlob(client.getBlobClient(name), signal)));
    });
  }
}

const maxTries = 3;

/** A delete breaks leases: the holder of an upload SAS could take one for ever. */
async function deleteBlob(blob: BlobClient, abortSignal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await blob.deleteIfExists({ deleteSnapshots: "include", abortSignal });
      return;
    } catch (error) {
      if (isMissing(error)) return;
      if (!isLeased(error) || attempt === maxTries) throw error;
      await breakLease(blob, abortSignal);
    }
  }
}

async function breakLease(blob: BlobClient, abortSignal: AbortSignal): Promise<void> {
  try {
    await blob.getBlobLeaseClient().breakLease(0, { abortSignal });
  } catch (error) {
    if (!isLeased(error) && !isMissing(error)) throw error;
  }
}
