import type { ContainerClient } from "@azure/storage-blob";
import { containerClient } from "./account.ts";
import { joinPath } from "./paths.ts";
import type { ArtifactRoot } from "./roots.ts";
import { isMissing, onStorage } from "./storage-errors.ts";

const atOnce = 32;

/**
 * Deletes the file of that name and everything in the folder of that name, and nothing beside: `a/b` never deletes `a/bc`. What does
 * not exist is no error, so it can be repeated.
 * @param path not empty: a whole root is not deleted by one slip
 * @throws MlflowError as onStorage
 */
export async function deleteArtifacts(root: ArtifactRoot, path: string): Promise<void> {
  if (path === "") throw new Error("deleteArtifacts needs a path");
  const target = joinPath(root.prefix, path);
  await onStorage(root, async () => {
    const client = await containerClient(root);
    try {
      await Promise.all([deleteBlob(client, target), deleteFolder(client, `${target}/`)]);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  });
}

const deleteBlob = (client: ContainerClient, name: string) =>
  client.getBlobClient(name).deleteIfExists({ deleteSnapshots: "include" });

async function deleteFolder(client: ContainerClient, prefix: string): Promise<void> {
  for await (const { segment } of client.listBlobsFlat({ prefix }).byPage({ maxPageSize: 5_000 })) {
    const names = segment.blobItems.map((item) => item.name);
    const worker = async () => {
      for (let name = names.pop(); name !== undefined; name = names.pop()) await deleteBlob(client, name);
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, names.length) }, worker));
  }
}
