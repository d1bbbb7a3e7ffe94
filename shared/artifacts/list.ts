import type { ArtifactRoot, BlobAddress } from "../platform/azure/address.ts";
import type { BlobStorage } from "../platform/azure/blobs.ts";
import { blobPages } from "./list-blobs.ts";
import { joinPath } from "./paths.ts";

/**
 * What lies directly in a folder as the JSON text of MLflow's `FileInfo`s, folders and files in one order by name, as
 * MLflow's azure_blob_artifact_repo.py lists it. A file, a missing folder and a missing container have no entries. One
 * call to Azure for each 5,000 entries, of which only short texts are kept.
 * @param shownBelow what the paths in the answer begin with
 * @returns undefined where there are none
 * @throws MlflowError as BlobStorage.run
 */
export async function listFolder(
  blobs: BlobStorage,
  root: ArtifactRoot,
  path: string,
  shownBelow: string,
): Promise<string | undefined> {
  const folder = joinPath(root.prefix, path);
  const prefix = folder === "" ? "" : `${folder}/`;
  const lines: string[] = [];
  // Some tools mark a folder by a blob that is named as the prefix itself.
  for await (const listed of blobPages(blobs, root, { prefix, delimiter: "/" }))
    for (const { name, isDir, size } of listed)
      if (name !== prefix && name !== folder) lines.push(lineOf(name.slice(prefix.length), isDir, size));
  if (lines.length === 0) return undefined;
  lines.sort(byCodePoints);
  // A folder may be there twice: as what lies below it, and as a blob of its own.
  const files = lines.filter((line, index) => line !== lines[index - 1]).map((line) => fileInfo(line, shownBelow));
  return `[${files.join(",")}]`;
}

// A line sorts by name, then folders first. It is made anew by Buffer, since a slice would keep the whole page alive.
const lineOf = (name: string, isDir: boolean, size: number): string =>
  Buffer.from(`${name}\0${isDir ? "d" : `f${size}`}`).toString();

function fileInfo(line: string, shownBelow: string): string {
  const end = line.lastIndexOf("\0");
  const path = JSON.stringify(joinPath(shownBelow, line.slice(0, end)));
  if (line[end + 1] === "d") return `{"path":${path},"is_dir":true}`;
  const size = line.slice(end + 2);
  return `{"path":${path},"is_dir":false${size === "0" ? "" : `,"file_size":${size}`}}`;
}

/** Python's order of strings, which differs from JavaScript's beyond the Basic Multilingual Plane. */
function byCodePoints(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const [a, b] = [left.charCodeAt(at), right.charCodeAt(at)];
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

const rank = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

/** Whether anything lies below that name. */
export async function isFolder(blobs: BlobStorage, { root, name }: BlobAddress): Promise<boolean> {
  for await (const listed of blobPages(blobs, root, { prefix: `${name}/`, pageSize: 1 }))
    if (listed.length > 0) return true;
  return false;
}
