/**
 * Puts MLflow's own page beside the app's bundle. It is not part of this project: it is taken from the `mlflow` package,
 * installed or downloaded by pip, and compressed once.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { contentType } from "mime-types";
import { type Bundle, type BundleFile, entryName, listName } from "../shared/ui/bundle.ts";
import { Refusal } from "./refusal.ts";

/** The version whose API the app serves. */
export const defaultVersion = "3.18.0";

export interface UiOptions {
  version: string;
  /** A wheel file to take it from. */
  wheel?: string;
  /** The Python to ask; else the active environment's, `python3` and `python`. */
  python?: string;
  /** Let pip download the package where it is not installed: only when somebody asked for the page. */
  download: boolean;
  signal?: AbortSignal;
}

const uiFolder = () => join(__dirname, "ui");

/** The version of the page that is in place. */
export async function installedVersion(): Promise<string | undefined> {
  const text = await readFile(join(uiFolder(), listName), "utf8").catch(() => "{}");
  return (JSON.parse(text) as Partial<Bundle>).version;
}

/**
 * Finds the page of an MLflow version and puts it in place; answers where it was found.
 * @throws Refusal with the reason, lower-case; what `signal` throws
 */
export async function installUi(options: UiOptions): Promise<string> {
  const python = await findPython(options);
  if (!python) throw new Refusal("the page comes from the mlflow package, and neither python3 nor python was found");
  const scratch = await mkdtemp(join(tmpdir(), "mlflow-ui-"));
  try {
    const { folder, version, source } = await findBuild(python, options, scratch);
    await compressInto(folder, version, options.signal);
    return `mlflow ${version} ${source}`;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Build {
  folder: string;
  version: string;
  source: string;
}

const run = promisify(execFile);

async function findPython({ python, signal }: UiOptions): Promise<string | undefined> {
  const active = process.env.VIRTUAL_ENV;
  const candidates = python
    ? [python]
    : [...(active ? [join(active, "bin/python"), join(active, "Scripts/python.exe")] : []), "python3", "python"];
  for (const candidate of candidates) {
    const works = await run(candidate, ["-c", "import sys; assert sys.version_info >= (3, 8)"], { signal }).then(
      () => true,
      () => false,
    );
    if (works) return candidate;
  }
  return undefined;
}

async function findBuild(python: string, options: UiOptions, scratch: string): Promise<Build> {
  const { version } = options;
  if (options.wheel) return unpack(python, options.wheel, scratch, options);
  const installed = await installedBuild(python, options);
  if (installed?.version === version) return installed;
  if (!options.download) throw new Refusal(`this Python has no mlflow ${version}, and npm run ui downloads it`);
  const args = ["download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--quiet"];
  await run(
    python,
    ["-m", "pip", ...args, "--retries", "1", "--timeout", "10", "--dest", scratch, `mlflow==${version}`],
    {
      signal: options.signal,
    },
  ).catch((error: Error & { stderr?: string }) => {
    options.signal?.throwIfAborted();
    const reason = error.stderr?.trim().split("\n").at(-1) ?? error.message;
    throw new Refusal(`pip could not download mlflow ${version}: ${reason}`);
  });
  const wheel = (await readdir(scratch)).find((name) => name.endsWith(".whl"));
  if (!wheel) throw new Refusal(`pip downloaded no wheel of mlflow ${version}`);
  return { ...(await unpack(python, join(scratch, wheel), scratch, options)), source: "downloaded by pip" };
}

// Found without importing the package, which takes seconds.
const askInstalled = `
import importlib.metadata, importlib.util, json, os
spec = importlib.util.find_spec("mlflow")
if spec and spec.submodule_search_locations:
    folder = os.path.join(list(spec.submodule_search_locations)[0], "server", "js", "build")
    if os.path.exists(os.path.join(folder, "index.html")):
        print(json.dumps({"folder": folder, "version": importlib.metadata.version("mlflow"), "source": "in " + folder}))
`;

async function installedBuild(python: string, { signal }: UiOptions): Promise<Build | undefined> {
  const { stdout } = await run(python, ["-c", askInstalled], { signal }).catch(() => ({ stdout: "" }));
  return stdout.trim() === "" ? undefined : JSON.parse(stdout);
}

const unzip = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    names = wheel.namelist()
    wheel.extractall(sys.argv[2], [name for name in names if name.startswith("mlflow/server/js/build/")])
    print(next(name for name in names if name.endswith(".dist-info/METADATA")).split("-")[1].removesuffix(".dist"))
`;

async function unpack(python: string, wheel: string, scratch: string, { signal }: UiOptions): Promise<Build> {
  const { stdout } = await run(python, ["-c", unzip, wheel, scratch], { signal }).catch((error: Error) => {
    throw new Refusal(`${wheel} could not be read: ${error.message}`);
  });
  return { folder: join(scratch, "mlflow/server/js/build"), version: stdout.trim(), source: `in ${wheel}` };
}

/** Written beside its place and moved there whole, so that the app never sees half of it. */
async function compressInto(build: string, version: string, signal?: AbortSignal): Promise<void> {
  const names = await readdir(build, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(build.length + 1));
  if (!paths.includes(entryName)) throw new Refusal(`mlflow ${version} holds no page (${build})`);
  const target = uiFolder();
  const fresh = `${target}.${process.pid}`;
  try {
    const files: Bundle["files"] = {};
    for (let next = 0; next < paths.length; next += 8) {
      signal?.throwIfAborted();
      for (const [path, file] of await Promise.all(paths.slice(next, next + 8).map((path) => keep(build, fresh, path))))
        files[path] = file;
    }
    await writeFile(join(fresh, listName), JSON.stringify({ version, files } satisfies Bundle));
    await rm(target, { recursive: true, force: true });
    await rename(fresh, target);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
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
  const type = contentType(url.slice(url.lastIndexOf("/") + 1).replace(/\.cjs$/, ".js")) || "application/octet-stream";
  const hash = createHash("sha256").update(content).digest("base64url").slice(0, 22);
  return [url, { type, hash, compressed }];
}
