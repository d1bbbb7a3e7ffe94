/** MLflow's own page as `npm run ui` puts it beside the app's bundle: each file once, compressed where that helps. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { once } from "../platform/once.ts";

export type Encoding = "br" | "gzip";

export interface BundleFile {
  type: string;
  /** Of the content, without quotes. */
  hash: string;
  /** Kept as `<path>.br` and `<path>.gz` and not as it is. */
  compressed: boolean;
}

/** `files.json` in the bundle's folder. */
export interface Bundle {
  /** Of MLflow. */
  version: string;
  /** By path; what is not listed is not served. */
  files: Record<string, BundleFile>;
}

export const listName = "files.json";
export const entryName = "index.html";

const folder = join(__dirname, "ui");
const bundle = once(async (): Promise<Bundle> => JSON.parse(await readFile(join(folder, listName), "utf8")));

/**
 * The installed bundle. One that is missing is looked for again the next time.
 * @throws SyntaxError where its list is no JSON
 */
export function installedBundle(): Promise<Bundle | undefined> {
  return bundle().catch((error: unknown) => {
    if (error instanceof SyntaxError) throw error;
    return undefined;
  });
}

/** A file's content in the encoding wanted. `path` must be one the bundle lists. */
export async function readBundleFile(
  path: string,
  file: BundleFile,
  encoding: Encoding | undefined,
): Promise<Uint8Array> {
  if (!file.compressed) return readFile(join(folder, path));
  if (encoding === "br") return readFile(join(folder, `${path}.br`));
  const zipped = await readFile(join(folder, `${path}.gz`));
  if (encoding === "gzip") return zipped;
  const { gunzipSync } = await import("node:zlib");
  return gunzipSync(zipped);
}
