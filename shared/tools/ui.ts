/**
 * Puts MLflow's own page beside the app's bundle. It is not part of this project: it is taken from the `mlflow`
 * package, installed or downloaded by pip, and compressed once.
 */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { mlflowVersion } from "../mlflow/version.ts";
import { type Bundle, type BundleFile, entryName, listName } from "../page/bundle.ts";
import { catalogueName } from "../traces/prices/prices.ts";
import { waitForLock } from "./lock.ts";
import { keepPrices } from "./prices.ts";
import { Refusal } from "./refusal.ts";
import { type Build, downloadWheel, installedBuild, pythons, unpack, withPip } from "./ui-python.ts";

/** The wheel of the version whose API the app serves, as the Python Package Index has it. */
export const pinned = {
  version: mlflowVersion,
  bytes: 12_614_865,
  sha256: "be7d84ba0d0b12392f5b53260cdb3e6d7b7ef4b80c29da90a89b5a1f6db7102f",
} as const;

export interface UiOptions {
  version: string;
  /** A wheel file to take it from. */
  wheel?: string;
  /** The Python to ask; else every one that is found. */
  python?: string;
  signal?: AbortSignal;
  /** Told what is being done, and how much of it. */
  onProgress?(step: string, percent?: number): void;
}

const uiFolder = () => join(__dirname, "ui");
const scratchName = "ui.new-";

/** The version of the page that is in place, and of the prices beside it. */
export async function installedVersion(): Promise<string | undefined> {
  if (!existsSync(join(uiFolder(), catalogueName))) return undefined;
  const text = await readFile(join(uiFolder(), listName), "utf8").catch(() => "{}");
  return (JSON.parse(text) as Partial<Bundle>).version;
}

/**
 * Puts the page in place unless it is there already: another start may be about to do the same, which is waited for.
 * @throws Refusal with the reason, lower-case; what `signal` throws
 */
export async function ensureUi(options: UiOptions): Promise<string> {
  const here = async () => (await installedVersion()) === options.version;
  return alone(options, async () => ((await here()) ? `mlflow ${options.version} by another start` : put(options)));
}

/**
 * Finds the page of an MLflow version and puts it in place; answers where it was found.
 * @throws Refusal with the reason, lower-case; what `signal` throws
 */
export const installUi = (options: UiOptions): Promise<string> => alone(options, () => put(options));

/** One process at a time; what one that was killed has left is removed. */
async function alone<T>({ signal }: UiOptions, work: () => Promise<T>): Promise<T> {
  const release = await waitForLock(join(__dirname, "ui.lock"), signal);
  try {
    await removeScratch();
    return await work();
  } finally {
    await removeScratch();
    await release();
  }
}

async function removeScratch(): Promise<void> {
  for (const name of await readdir(__dirname))
    if (name.startsWith(scratchName)) await rm(join(__dirname, name), { recursive: true, force: true });
}

async function put(options: UiOptions): Promise<string> {
  const scratch = await mkdtemp(join(__dirname, scratchName));
  const { folder, version, source } = await findBuild(options, scratch);
  options.onProgress?.(`Compressing MLflow's page (mlflow ${version}) ...`);
  await compressInto(folder, version, scratch, options.signal);
  return `mlflow ${version} ${source}`;
}

async function findBuild(options: UiOptions, scratch: string): Promise<Build> {
  const { version, wheel, signal } = options;
  const found = await pythons(options.python, signal);
  if (found.length === 0)
    throw new Refusal("the page comes from the mlflow package, and no Python (python3, python) was found");
  if (wheel) return unpack(found[0]!, wheel, scratch, signal);
  const installed = await installedBuild(found, version, signal);
  if (installed) return installed;
  const python = await withPip(found, signal);
  if (!python) throw new Refusal(`no mlflow ${version} is installed, and ${found.join(" and ")} without pip`);
  const downloaded = await checkedWheel(options, python, scratch);
  return { ...(await unpack(python, downloaded, scratch, signal)), source: "downloaded by pip" };
}

async function checkedWheel({ version, signal, onProgress }: UiOptions, python: string, scratch: string) {
  const known = version === pinned.version;
  const step = `Fetching MLflow's page (mlflow ${version}${known ? `, ${(pinned.bytes / 1e6).toFixed(1)} MB` : ""}) by pip ...`;
  onProgress?.(step);
  const onBytes = (bytes: number) => onProgress?.(step, known ? Math.floor((100 * bytes) / pinned.bytes) : undefined);
  const wheel = await downloadWheel(python, version, scratch, onBytes, signal);
  if (known && (await sha256(wheel)) !== pinned.sha256)
    throw new Refusal(
      `the wheel that pip downloaded is not mlflow ${version} of the Python Package Index: its SHA-256 differs`,
    );
  return wheel;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}

/** Written beside its place and moved there whole, so that the app never sees half of it. */
async function compressInto(build: string, version: string, scratch: string, signal?: AbortSignal): Promise<void> {
  const names = await readdir(build, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(build.length + 1));
  if (!paths.includes(entryName)) throw new Refusal(`mlflow ${version} holds no page (${build})`);
  const target = uiFolder();
  const fresh = join(scratch, "ui");
  const files: Bundle["files"] = {};
  for (let next = 0; next < paths.length; next += 8) {
    signal?.throwIfAborted();
    for (const [path, file] of await Promise.all(paths.slice(next, next + 8).map((path) => keep(build, fresh, path))))
      files[path] = file;
  }
  await keepPrices(build, version, fresh);
  await writeFile(join(fresh, listName), JSON.stringify({ version, files } satisfies Bundle));
  if (existsSync(target)) await rename(target, join(scratch, "old"));
  await rename(fresh, target);
}

const packed = /\.(png|jpe?g|gif|woff2?)$/;
const brotliQuality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

async function keep(build: string, target: string, path: string): Promise<[string, BundleFile]> {
  const content = await readFile(join(build, path));
  const url = path.replaceAll("\\", "/");
  const name = join(target, path);
  await mkdir(dirname(name), { recursive: true });
  const compressed = !packed.test(path);
  if (compressed) {
    const [br, gz] = await Promise.all([
      promisify(brotliCompress)(content, brotliQuality),
      promisify(gzip)(content, { level: 9 }),
    ]);
    await Promise.all([writeFile(`${name}.br`, br), writeFile(`${name}.gz`, gz)]);
  } else await writeFile(name, content);
  const { contentType } = await import("mime-types");
  const type = contentType(url.slice(url.lastIndexOf("/") + 1).replace(/\.cjs$/, ".js")) || "application/octet-stream";
  const hash = createHash("sha256").update(content).digest("base64url").slice(0, 22);
  return [url, { type, hash, compressed }];
}
