import { containerClient } from "./account.ts";
import { joinPath } from "./paths.ts";
import type { ArtifactRoot, BlobAddress } from "./roots.ts";
import { isMissing, onStorage } from "./storage-errors.ts";

/** A file or folder of a listing, under its own name, with its size in bytes. */
export interface ListedFile {
  name: string;
  isDir: boolean;
  size?: number;
}

const pageSize = 5_000;

/**
 * What lies directly in a folder, folders and files in one order by name, as MLflow's azure_blob_artifact_repo.py lists it. A file, a
 * missing folder and a missing container have no entries. One call to Azure for each 5,000 entries.
 * @throws MlflowError as onStorage
 */
export function listFolder(root: ArtifactRoot, path: string): Promise<ListedFile[]> {
  const folder = joinPath(root.prefix, path);
  const prefix = folder === "" ? "" : `${folder}/`;
  return onStorage(root, async () => {
    try {
      return (await entries(root, prefix)).sort(byCodePoints);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  });
}

/** Whether anything lies below that name. */
export function isFolder({ root, name }: BlobAddress): Promise<boolean> {
  return onStorage(root, async () => {
    const client = await containerClient(root);
    try {
      const pages = client.listBlobsFlat({ prefix: `${name}/` }).byPage({ maxPageSize: 1 });
      for await (const { segment } of pages) if (segment.blobItems.length > 0) return true;
      return false;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  });
}

async function entries(root: ArtifactRoot, prefix: string): Promise<ListedFile[]> {
  const client = await containerClient(root);
  const found: ListedFile[] = [];
  for await (const { segment } of client.listBlobsByHierarchy("/", { prefix }).byPage({ maxPageSize: pageSize })) {
    for (const folder of segment.blobPrefixes ?? [])
      found.push({ name: folder.name.slice(prefix.length, -1), isDir: true });
    // Some tools mark a folder by a blob that is named as the prefix itself.
    for (const { name, properties } of segment.blobItems)
      if (name !== prefix)
        found.push({ name: name.slice(prefix.length), isDir: false, size: properties.contentLength });
  }
  return found;
}

/** Python's order of strings, which differs from JavaScript's beyond the Basic Multilingual Plane. */
function byCodePoints(left: ListedFile, right: ListedFile): number {
  if (left.name === right.name) return Number(right.isDir) - Number(left.isDir);
  const [a, b] = [Buffer.from(left.name), Buffer.from(right.name)];
  return Buffer.compare(a, b);
}
