/** What Python is asked for MLflow's page: an installed `mlflow`, or its wheel by pip. */
import { execFile } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Refusal } from "./refusal.ts";
import { withoutSecrets } from "./secrets.ts";

/** A built page, and how it was come by. */
export interface Build {
  folder: string;
  version: string;
  source: string;
}

const run = promisify(execFile);

const answerOf = (python: string, args: string[], signal?: AbortSignal) =>
  run(python, args, { signal }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );

/** Every Python at hand: the one that was named, or else the active environment's and those of the PATH. */
export async function pythons(named: string | undefined, signal?: AbortSignal): Promise<string[]> {
  const active = process.env.VIRTUAL_ENV;
  const candidates = named
    ? [named]
    : [...(active ? [join(active, "bin/python"), join(active, "Scripts/python.exe")] : []), "python3", "python", "py"];
  const ask = "import sys; assert sys.version_info >= (3, 8); print('good')";
  const answers = await Promise.all(candidates.map((python) => answerOf(python, ["-c", ask], signal)));
  signal?.throwIfAborted();
  return candidates.filter((_, index) => answers[index] === "good");
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

/** The page of an installed `mlflow` of this version. */
export async function installedBuild(
  found: readonly string[],
  version: string,
  signal?: AbortSignal,
): Promise<Build | undefined> {
  for (const python of found) {
    const answer = await answerOf(python, ["-c", askInstalled], signal);
    const build: Build | undefined = answer ? JSON.parse(answer) : undefined;
    if (build?.version === version) return build;
  }
  signal?.throwIfAborted();
  return undefined;
}

export async function withPip(found: readonly string[], signal?: AbortSignal): Promise<string | undefined> {
  for (const python of found) if (await answerOf(python, ["-m", "pip", "--version"], signal)) return python;
  signal?.throwIfAborted();
  return undefined;
}

/** Any Python's pip may fetch it: it is unpacked here and never installed. */
const download = ["download", "--no-deps", "--only-binary=:all:", "--python-version", "3.12"];
const quickly = ["--disable-pip-version-check", "--quiet", "--retries", "1", "--timeout", "10"];

/**
 * Lets pip download the wheel of `mlflow`, the setting of an index or a proxy included; answers the file.
 * @param onBytes told now and then how much of it is there
 * @throws Refusal with pip's own reason
 */
export async function downloadWheel(
  python: string,
  version: string,
  scratch: string,
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<string> {
  const watch = setInterval(() => wheelBytes(scratch).then(onBytes, () => {}), 500);
  const args = ["-m", "pip", ...download, ...quickly, "--dest", scratch, `mlflow==${version}`];
  try {
    // pip keeps what it has so far in the folder for temporary files.
    const temporary = { TMPDIR: scratch, TEMP: scratch, TMP: scratch };
    await run(python, args, { signal, env: { ...process.env, ...temporary } });
  } catch (error) {
    signal?.throwIfAborted();
    const { stderr, message } = error as Error & { stderr?: string };
    const reason = stderr?.trim().split("\n").at(-1) || message;
    throw new Refusal(`pip could not download mlflow ${version} (${withoutSecrets(reason)})`);
  } finally {
    clearInterval(watch);
  }
  const wheel = (await readdir(scratch)).find((name) => name.endsWith(".whl"));
  if (!wheel) throw new Refusal(`pip downloaded no wheel of mlflow ${version}`);
  return join(scratch, wheel);
}

async function wheelBytes(folder: string): Promise<number> {
  const paths = await readdir(folder, { recursive: true });
  const sizes = paths
    .filter((path) => path.endsWith(".whl"))
    .map(async (path) => (await stat(join(folder, path))).size);
  return Math.max(0, ...(await Promise.all(sizes)));
}

const unzip = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    names = wheel.namelist()
    wanted = ("mlflow/server/js/build/", "mlflow/utils/model_catalog/")
    wheel.extractall(sys.argv[2], [name for name in names if name.startswith(wanted)])
    print(next(name for name in names if name.endswith(".dist-info/METADATA")).split("/")[0][7:-10])
`;

/** @throws Refusal where the file is no wheel of mlflow */
export async function unpack(python: string, wheel: string, scratch: string, signal?: AbortSignal): Promise<Build> {
  const { stdout } = await run(python, ["-c", unzip, wheel, scratch], { signal }).catch((error: Error) => {
    signal?.throwIfAborted();
    throw new Refusal(`${wheel} could not be read: ${error.message.split("\n")[0]}`);
  });
  return { folder: join(scratch, "mlflow/server/js/build"), version: stdout.trim(), source: `in ${wheel}` };
}
