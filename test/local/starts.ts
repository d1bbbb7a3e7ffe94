/** Starts of the app as `npm start` does them; what still runs at the end of a test file is stopped. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { commandOf, freePort } from "../../shared/tools/processes.ts";

let folder: string;
const running = new Set<ChildProcess>();

/** A data directory of this test file. */
export const dataDir = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlflow-functions-start-"));
  // As root, PostgreSQL runs as another user, whom a private folder sends elsewhere: one test is about that.
  await chmod(folder, 0o755);
});
afterAll(async () => {
  for (const child of running) child.kill("SIGTERM");
  await Promise.all([...running].map(exited));
  await rm(folder, { recursive: true, force: true });
});

interface Started {
  process: ChildProcess;
  url: string;
  output(): string;
}

// What the tests' own app was given must not reach the one that is started.
const {
  MLFLOW_BACKEND_STORE_URI: _,
  AZURE_STORAGE_CONNECTION_STRING: __,
  AzureWebJobsStorage: ___,
  ...environment
} = process.env;

interface Surroundings {
  cwd?: string;
  script?: string;
  /** The Node to run it; that of the tests where it is left out. */
  node?: string;
  /** Whether MLflow's page is to be fetched. */
  page?: boolean;
}

export function spawnStart(
  args: string[],
  env: Record<string, string> = {},
  { cwd, script = resolve("dist/start.cjs"), node = process.execPath, page = false }: Surroundings = {},
) {
  const child = spawn(node, [script, ...(page ? [] : ["--no-ui"]), ...args], {
    env: { ...environment, ...env },
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data) => {
      output += data;
    });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return { child, output: () => output };
}

export const exited = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((done) => child.once("exit", (code) => done(code)));

export async function start(args: string[], env: Record<string, string> = {}, where?: Surroundings): Promise<Started> {
  const port = await freePort("127.0.0.1");
  const { child, output } = spawnStart([...args, "--port", String(port)], env, where);
  while (!output().includes("Ctrl-C")) {
    if (child.exitCode !== null) throw new Error(output());
    await new Promise((done) => setTimeout(done, 20));
  }
  return { process: child, url: `http://127.0.0.1:${port}`, output };
}

/** The output of a start that ends by itself, and its exit code. */
export async function refused(args: string[], env: Record<string, string> = {}, where?: Surroundings) {
  const { child, output } = spawnStart(args, env, where);
  const code = await exited(child);
  return { code, output: output().trim() };
}

export async function stop({ process }: Started, signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
  process.kill(signal);
  return exited(process);
}

export async function post(url: string, path: string, body: unknown) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/api/2.0/mlflow/${path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as { error_code?: string } };
}

export const instanceOf = async (directory: string) =>
  JSON.parse(await readFile(join(directory, "instance.json"), "utf8"));

/** The processes that run on a data directory: PostgreSQL's, then Azurite's. */
export async function servicesOf(directory: string): Promise<number[]> {
  const instance = await instanceOf(directory);
  const postmaster = await readFile(join(instance.postgresHome, "postgres/postmaster.pid"), "utf8").catch(() => "0");
  const pids = [Number(postmaster.split("\n")[0]), instance.azuritePid as number];
  return pids.filter((pid) => pid > 0 && /postgres|azurite/.test(commandOf(pid) ?? ""));
}
