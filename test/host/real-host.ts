/**
 * The host that `npm run test:host` tests: the command of FUNCTIONS_HOST, else `func` of Azure Functions Core Tools.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { writeAppFolder } from "../../scripts/app-folder.mjs";
import { freePort } from "../../shared/tools/processes.ts";
import { aDatabase } from "../support/app.ts";

export interface RealHost {
  url: string;
  port: number;
  /** The processes of the host: itself, and all that came from it. */
  processes(): Process[];
  stop(): Promise<void>;
}

interface Process {
  pid: number;
  command: string;
  bytes: number;
}

/** Writes the settings that the host gives to the app of a folder. */
async function writeSettings(folder: string, settings: Record<string, string>): Promise<void> {
  const example = JSON.parse(await readFile("local.settings.example.json", "utf8"));
  const Values = { ...example.Values, ...settings };
  await writeFile(join(folder, "local.settings.json"), JSON.stringify({ IsEncrypted: false, Values }));
}

const aFolder = () => mkdtemp(join(tmpdir(), "mlflow-functions-app-"));

/** Runs the app as it is deployed, on a database of its own. */
export async function startApp(): Promise<RealHost & { databaseUri: string }> {
  const database = await aDatabase();
  const storage = inject("storage");
  const folder = await aFolder();
  await writeAppFolder("dist", folder);
  await writeSettings(folder, {
    MLFLOW_BACKEND_STORE_URI: database.uri,
    AzureWebJobsStorage: storage,
    AZURE_STORAGE_CONNECTION_STRING: storage,
  });
  const host = await run(folder, "/health");
  const stop = async () => {
    await host.stop();
    await database.drop();
  };
  return { ...host, stop, databaseUri: database.uri };
}

/** Runs a bundle that answers `ready` with 200 once it is loaded. */
export async function startBundle(bundle: string, hostJson: object, ready: string): Promise<RealHost> {
  // The recording was made with the host's own limit.
  const limit = { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: String(100 * 2 ** 20) };
  const folder = await aFolder();
  await writeSettings(folder, { AzureWebJobsStorage: inject("storage"), ...limit });
  await cp(bundle, join(folder, "main.cjs"));
  await writeFile(join(folder, "host.json"), JSON.stringify({ version: "2.0", ...hostJson }));
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "probe", main: "main.cjs" }));
  return run(folder, ready);
}

async function run(folder: string, ready: string): Promise<RealHost> {
  const port = await freePort("127.0.0.1");
  const command = process.env.FUNCTIONS_HOST
    ? `exec ${process.env.FUNCTIONS_HOST} "${folder}" ${port}`
    : `exec func start --port ${port}`;
  // A group of its own, since all of it has to end.
  const child = spawn(command, { shell: true, cwd: folder, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data) => {
      output = (output + data).slice(-20_000);
    });
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await answers(url + ready, child);
  } catch (error) {
    await stop();
    throw new Error(`${(error as Error).message}\n${output}`);
  }
  return { url, port, processes: () => descendants(child.pid!), stop };
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`The host ended with exit code ${child.exitCode}.`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`The host did not answer ${url} within two minutes.`);
}

/** Core Tools end on SIGINT only. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((done) => child.once("exit", done));
  process.kill(-child.pid!, "SIGINT");
  const force = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), 10_000);
  await exited;
  clearTimeout(force);
}

function descendants(root: number): Process[] {
  const lines = execFileSync("ps", ["-eo", "pid=,ppid=,rss=,args="], { encoding: "utf8" }).trim().split("\n");
  const all = lines.map((line) => {
    const [, pid, parent, kilobytes, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line)!;
    return { pid: Number(pid), parent: Number(parent), bytes: Number(kilobytes) * 1024, command: command! };
  });
  const family = new Set([root]);
  // Parents may be listed after their children.
  for (let known = 0; known < family.size; ) {
    known = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  return all.filter(({ pid }) => family.has(pid));
}
