/**
 * `npm run bench -- --host <command>`: this app under any host that takes the folder of an app and a port, beside an
 * empty function under the same host.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startAzurite } from "../local/azurite.ts";
import { writeAppFolder } from "../scripts/app-folder.mjs";
import { azuriteConnection } from "../shared/tools/embedded-services.ts";
import { openInstance } from "../shared/tools/instance.ts";
import { ended, freePort } from "../shared/tools/processes.ts";
import type { Server } from "./apps.ts";
import { call, closeConnections } from "./client.ts";
import { machine, makeDatabases } from "./databases.ts";
import { cell, cpuCell, inTurns, type Load } from "./measure.ts";
import { fill, type Subject } from "./scenarios.ts";

export interface Hosted extends Server {
  /** From its start to its first answer. */
  milliseconds: number;
  stop(): Promise<void>;
}

/** The command of the embedded host. */
export const embeddedHost = `"${process.execPath}" "${join(process.cwd(), "dist/host.cjs")}"`;

const patience = 120_000;

/**
 * Starts an app under a host, and waits until it answers.
 * @param command a command line in which `{app}` and `{port}` stand for the folder and the port; where neither is in
 *   it, both follow it
 * @throws Error where the host ends, or does not answer within two minutes
 */
export async function startUnder(command: string, folder: string): Promise<Hosted> {
  const port = await freePort("127.0.0.1");
  const url = `http://127.0.0.1:${port}`;
  const template = /\{(app|port)\}/.test(command) ? command : `${command} "{app}" {port}`;
  const line = `exec ${template.replaceAll("{app}", folder).replaceAll("{port}", String(port))}`;
  const started = performance.now();
  // A group of its own, since all of it has to end. Core Tools end on SIGINT only.
  const host = spawn(line, { shell: true, cwd: folder, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [host.stdout, host.stderr])
    stream.on("data", (data) => {
      output = `${output}${data}`.slice(-2000);
    });
  const stop = () => stopGroup(host);
  const failed = async (why: string) => {
    await stop();
    throw new Error(`${why}: ${line}\n${output}`);
  };
  for (;;) {
    const answered = await call({ url }, "GET", "/api/2.0/mlflow/experiments/get?experiment_id=0").catch(
      () => undefined,
    );
    const milliseconds = performance.now() - started;
    if (answered) return { url, pid: host.pid!, milliseconds, stop };
    if (host.exitCode !== null) return failed(`The host ended with exit code ${host.exitCode}`);
    if (milliseconds > patience) return failed("The host did not answer within two minutes");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function stopGroup(host: ChildProcess): Promise<void> {
  if (host.exitCode !== null || host.signalCode !== null) return;
  const exited = ended(host);
  process.kill(-host.pid!, "SIGINT");
  const force = setTimeout(() => process.kill(-host.pid!, "SIGKILL"), 10_000);
  await exited;
  clearTimeout(force);
}

async function writeSettings(folder: string, settings: Record<string, string>): Promise<void> {
  const { Values } = JSON.parse(await readFile("local.settings.example.json", "utf8"));
  const content = { IsEncrypted: false, Values: { ...Values, ...settings } };
  await writeFile(join(folder, "local.settings.json"), JSON.stringify(content));
}

/** The folder of an app whose one function does nothing. */
export async function anEmptyApp(parent: string, settings: Record<string, string> = {}): Promise<string> {
  const folder = join(parent, "empty-function");
  await mkdir(folder);
  await cp("dist/empty-function.cjs", join(folder, "main.cjs"));
  await cp("host.json", join(folder, "host.json"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, main: "main.cjs" }));
  await writeSettings(folder, settings);
  return folder;
}

/** The folder of this app as it is deployed. */
async function anApp(parent: string, settings: Record<string, string>): Promise<string> {
  const folder = join(parent, "app");
  await writeAppFolder("dist", folder);
  await writeSettings(folder, settings);
  return folder;
}

interface Options extends Load {
  rounds: number;
  runs: number;
  chosen: [name: string, scenario: (subject: Subject) => Promise<unknown>][];
}

export async function compareUnderHost(
  command: string,
  { clients, seconds, rounds, runs, chosen }: Options,
): Promise<void> {
  const databases = await makeDatabases("app");
  const instance = await openInstance(databases.folder);
  // Hosts keep the timers' state in storage.
  const azurite = await startAzurite(databases.folder, instance, "127.0.0.1");
  const storage = azuriteConnection(instance, "127.0.0.1");
  const settings = { AzureWebJobsStorage: storage, AZURE_STORAGE_CONNECTION_STRING: storage };
  const started: Hosted[] = [];
  const start = async (folder: string) => {
    const hosted = await startUnder(command, folder);
    started.push(hosted);
    return hosted;
  };
  try {
    const empty = await start(await anEmptyApp(databases.folder, settings));
    const app = await start(
      await anApp(databases.folder, { ...settings, MLFLOW_BACKEND_STORE_URI: databases.uris[0]! }),
    );
    const subject = { ...(await fill("app", { url: app.url }, runs)), pid: app.pid, postgres: databases.pid };
    await databases.settle();
    console.log(`${machine()}\nHost: ${command}
Start of the host to its first answer: an empty function ${Math.round(empty.milliseconds)} ms, this app ${Math.round(app.milliseconds)} ms, on an empty database
\nCPU is microseconds a request, of all processes of the host + of PostgreSQL.
| Scenario | Empty function ops/s (p50, p95 ms) | This app ops/s (p50, p95 ms) | Ratio | Empty function CPU | This app CPU |
|---|---|---|---|---|---|`);
    for (const [name, scenario] of chosen) {
      const subjects = { empty: { ...subject, url: empty.url, pid: empty.pid }, app: subject };
      const measured = await inTurns(subjects, scenario, { clients, seconds }, rounds);
      const ratio = (measured.app.perSecond / measured.empty.perSecond).toFixed(2);
      const cells = [
        name,
        cell(measured.empty),
        cell(measured.app),
        ratio,
        cpuCell(measured.empty),
        cpuCell(measured.app),
      ];
      console.log(`| ${cells.join(" | ")} |`);
    }
  } finally {
    closeConnections();
    for (const hosted of started) await hosted.stop();
    await azurite.stop();
    await databases.stop();
  }
}
