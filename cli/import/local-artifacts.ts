/** Files of artifacts on a disk. Links are never followed, and nothing outside the given folders is read. */
import { constants } from "node:fs";
import { lstat, open, opendir, realpath } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { splitUri } from "../../shared/artifacts/uri.ts";
import type { Place, SourceFile } from "./source.ts";

/** Below a root; `place` names it by URI and by whose it is. */
export interface LocalArtifacts {
  files(place: Place): Promise<AsyncIterable<SourceFile>>;
  left(): string[];
}

const schemes = new Set(["", "file", "mlflow-artifacts", "http", "https"]);

/** Whether files at a URI lie on a disk, or are what a server hands out of one. */
export function isOnDisk(uri: string): boolean {
  const { scheme } = splitUri(uri);
  // One letter is a drive of Windows.
  return scheme.length === 1 || schemes.has(scheme);
}

/** Names of folders that stock's servers put artifacts into. */
const usual = ["mlruns", "mlartifacts"];

/**
 * @param around folders in which `mlruns` and `mlartifacts` may lie
 * @param given further folders with artifacts
 */
export async function localArtifacts(around: readonly string[], given: readonly string[]): Promise<LocalArtifacts> {
  const candidates = [...given, ...around.flatMap((folder) => usual.map((name) => join(folder, name)))];
  const roots = await Promise.all(candidates.map((folder) => folderAt(folder)));
  return new Folders(
    [...new Set(roots.filter((root) => root !== undefined))],
    around.map((folder) => resolve(folder)),
  );
}

class Folders implements LocalArtifacts {
  private readonly roots: readonly string[];
  private readonly bases: readonly string[];
  private readonly links: string[] = [];
  private readonly outside = new Map<string, number>();

  constructor(roots: readonly string[], bases: readonly string[]) {
    this.roots = roots;
    this.bases = bases;
  }

  async files(place: Place): Promise<AsyncIterable<SourceFile>> {
    for (const path of this.candidates(place)) {
      const folder = await folderAt(path);
      if (folder === undefined) continue;
      if (this.roots.some((root) => isInside(folder, root))) return this.walk(folder, "");
      this.outside.set(path, (this.outside.get(path) ?? 0) + 1);
    }
    return nothing();
  }

  left(): string[] {
    const links = this.links.map((path) => `The symbolic link ${path}: links are not followed.`);
    const outside = [...this.outside.keys()].map(
      (path) => `The artifacts in ${path}: they lie outside. Name their folder by --artifacts.`,
    );
    return [...links, ...few(outside)];
  }

  /** Where the URI says, and where its last part lies below the roots: they may have been moved. */
  private candidates({ uri }: Place): string[] {
    const path = pathOf(uri);
    if (path === undefined) return [];
    const segments = path.split(/[\\/]/).filter((segment) => segment !== "" && segment !== ".");
    if (segments.includes("..")) return [];
    const { scheme } = splitUri(uri);
    const stated = scheme !== "" && scheme !== "file" ? [] : this.bases.map((base) => resolve(base, path));
    const tails = [segments.length, 5, 4, 3].filter((length) => length <= segments.length);
    const below = tails.flatMap((length) => this.roots.map((root) => join(root, ...segments.slice(-length))));
    return [...below, ...stated];
  }

  private async *walk(folder: string, below: string): AsyncIterable<SourceFile> {
    const names: string[] = [];
    for await (const { name } of await opendir(folder)) names.push(name);
    for (const name of names.sort()) {
      const path = join(folder, name);
      const stats = await lstat(path);
      if (stats.isSymbolicLink()) this.links.push(path);
      else if (stats.isDirectory()) yield* this.walk(path, `${below}${name}/`);
      else if (stats.isFile()) yield { path: below + name, size: stats.size, open: () => contentOf(path) };
    }
  }
}

/** @throws ELOOP where a link has taken the file's place */
const contentOf = async (path: string) =>
  (await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)).createReadStream();

async function* nothing(): AsyncIterable<SourceFile> {}

/** A path of this machine, or the one below the root of a proxied location. */
function pathOf(uri: string): string | undefined {
  const { scheme, path } = splitUri(uri);
  if (scheme === "file") {
    try {
      return fileURLToPath(new URL(`file://${path.startsWith("/") ? "" : "/"}${path}`));
    } catch {
      return undefined;
    }
  }
  if (scheme === "") return uri;
  return decoded(path.replace(/^.*\/api\/2\.0\/mlflow-artifacts\/artifacts\//, ""));
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The real path of a folder that is there and no link. */
async function folderAt(path: string): Promise<string | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isDirectory() ? realpath(path) : undefined;
}

const isInside = (path: string, root: string) => path === root || path.startsWith(root + sep);

/** The first of a list, and how many more. */
export function few(sentences: readonly string[], most = 20): string[] {
  if (sentences.length <= most) return [...sentences];
  return [...sentences.slice(0, most), `... and ${sentences.length - most} more of these.`];
}
