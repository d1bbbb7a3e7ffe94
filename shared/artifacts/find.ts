/**
 * Finds what MLflow's Python clients ask for by another name than the one it is stored under: they decode names
 * (names.ts).
 */
import type { ArtifactRoot, BlobAddress } from "../platform/azure/address.ts";
import type { BlobStorage } from "../platform/azure/blobs.ts";
import { invalid, MlflowError } from "../platform/errors.ts";
import type { Context } from "../platform/http/route.ts";
import { shown } from "../platform/shown.ts";
import { type Artifact, ownedFolder, type StoredLocation } from "./artifact.ts";
import { listFolder } from "./list.ts";
import { blobPages } from "./list-blobs.ts";
import { readAs } from "./names.ts";
import { artifactPath, asInUrl, joinPath } from "./paths.ts";
import { blobAt, resolveRoot } from "./roots.ts";
import { fileSize } from "./transfer.ts";

/** A file that is there. */
export interface FoundFile extends Artifact {
  /** In bytes. */
  size: number;
}

/**
 * The file of that name, or else the file of the same run or logged model whose name clients decode to it.
 * @throws RESOURCE_DOES_NOT_EXIST where there is neither, INVALID_PARAMETER_VALUE where two are called so
 */
export async function findFile(blobs: BlobStorage, artifact: Artifact): Promise<FoundFile> {
  try {
    return { ...artifact, size: await fileSize(blobs, artifact) };
  } catch (error) {
    const isElsewhere = error instanceof MlflowError && error.code === "RESOURCE_DOES_NOT_EXIST";
    const name = isElsewhere ? await storedName(blobs, artifact) : undefined;
    if (name === undefined || name === artifact.name) throw error;
    const found = { ...artifact, name };
    return { ...found, size: await fileSize(blobs, found) };
  }
}

/**
 * What lies in a folder below a stored location, as the JSON text of `{"root_uri": ..., "files": [...]}`: the folder at
 * once, without `files` where there are none.
 * @param path a path that `artifactPath` has passed
 * @throws MlflowError as resolveRoot and listStored
 */
export async function listLocation(
  { blobs, config }: Pick<Context, "blobs" | "config">,
  { uri }: StoredLocation,
  path: string,
): Promise<string> {
  const files = await listStored(blobs, resolveRoot(uri, config), path, path);
  const root = JSON.stringify(uri);
  return files ? `{"root_uri":${root},"files":${files}}` : `{"root_uri":${root}}`;
}

/**
 * What lies in a folder, as listFolder; if no folder has that name, the one whose name clients decode to it. Clients
 * put names into URLs when they upload, and send them unchanged when they list. Without a percent sign both are the
 * same.
 * @throws MlflowError as listFolder and storedName
 */
export async function listStored(
  blobs: BlobStorage,
  root: ArtifactRoot,
  path: string,
  shownBelow: string,
): Promise<string | undefined> {
  const files = await listFolder(blobs, root, path, shownBelow);
  if (files !== undefined || !path.includes("%")) return files;
  const uploaded = artifactPath(asInUrl(path));
  const decoded = uploaded === path ? undefined : await listFolder(blobs, root, uploaded, shownBelow);
  if (decoded !== undefined) return decoded;
  const name = await storedName(blobs, blobAt(root, path));
  return name === undefined ? undefined : listFolder(blobs, { ...root, prefix: name }, "", shownBelow);
}

/**
 * The name under which a file or folder of a run or logged model lies. Each level costs a listing, so nothing is looked
 * for above its artifact folder, and callers ask only where there is nothing of that very name.
 * @throws MlflowError as blobPages; INVALID_PARAMETER_VALUE where clients give two artifacts the same name
 */
async function storedName(blobs: BlobStorage, { root, name }: BlobAddress): Promise<string | undefined> {
  const owned = ownedFolder(name);
  if (owned === undefined || name.length === owned.length) return undefined;
  let folder = owned;
  for (const segment of name.slice(owned.length).split("/")) {
    const entry = await entryCalled(blobs, root, folder, segment);
    if (entry === undefined) return undefined;
    folder = `${folder}${entry}/`;
  }
  return folder.slice(0, -1);
}

async function entryCalled(
  blobs: BlobStorage,
  root: ArtifactRoot,
  folder: string,
  called: string,
): Promise<string | undefined> {
  const wanted = readAs(called);
  const found = new Set<string>();
  for await (const listed of blobPages(blobs, root, { prefix: folder, delimiter: "/" }))
    for (const { name } of listed) {
      const entry = name.slice(folder.length);
      if (entry === called) return called;
      if (readAs(entry) === wanted) found.add(entry);
    }
  if (found.size > 1)
    throw invalid(`MLflow's clients call several artifacts here '${shown(called)}': ${shown([...found].join(", "))}.`);
  return [...found][0];
}

/**
 * Whether a listing has that file, or something in a folder of that name. Unlike a URL, a listing takes names
 * literally.
 */
export async function isListed(blobs: BlobStorage, root: ArtifactRoot, path: string): Promise<boolean> {
  const wanted = joinPath(root.prefix, path);
  for await (const listed of blobPages(blobs, root, { prefix: wanted, delimiter: "/" }))
    if (listed.some(({ name }) => name === wanted)) return true;
  return false;
}
