import { type ChildProcess, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const answerOf = (command: string, ...args: string[]) =>
  execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();

/** The command line of a process; undefined where there is none of that id. */
export function commandOf(pid: number): string | undefined {
  if (!isAlive(pid)) return undefined;
  try {
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    if (process.platform !== "win32") return answerOf("ps", "-o", "command=", "-p", String(pid));
    const query = `(Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}').CommandLine`;
    return answerOf("powershell", "-NoProfile", "-Command", query);
  } catch {
    return undefined;
  }
}

/**
 * When a process was started, in some form: with its id it tells a process from all others. Undefined where it has
 * ended.
 */
export function startOf(pid: number): string | undefined {
  if (!isAlive(pid)) return undefined;
  try {
    if (process.platform === "win32") return "unknown";
    if (process.platform !== "linux") return answerOf("ps", "-o", "lstart=", "-p", String(pid));
    // The name in parentheses may hold anything; the state is the first field after it, the start the twentieth.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** The signal that asks a service to end, and the one that forces it after a while. */
interface Ending {
  ask: NodeJS.Signals;
  force: NodeJS.Signals;
}

const patience = 10_000;

/** Ends a process of an earlier start whose command line holds `mark`. Others keep running. */
export async function stopOrphan(pid: number, mark: string, { ask, force }: Ending): Promise<void> {
  const runs = () => commandOf(pid)?.includes(mark) ?? false;
  const signal = (name: NodeJS.Signals) => {
    if (runs()) process.kill(pid, name);
  };
  signal(ask);
  for (let waited = 0; waited < patience && runs(); waited += 20) await delay(20);
  signal(force);
  for (let waited = 0; waited < patience && runs(); waited += 20) await delay(20);
}

export async function stopChild(child: ChildProcess, { ask, force }: Ending): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((done) => child.once("exit", done));
  child.kill(ask);
  const timeout = setTimeout(() => child.kill(force), patience);
  await exited;
  clearTimeout(timeout);
}

/** Resolves when a child has ended, or could not be started at all. */
export const ended = (child: ChildProcess) =>
  new Promise<void>((done) => child.once("exit", () => done()).once("error", () => done()));

/** A free port: `preferred` if it is free. */
export async function freePort(host: string, preferred = 0): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", (error) => (preferred === 0 ? reject(error) : resolve(0)));
    server.listen(preferred, host, () => resolve((server.address() as { port: number }).port));
  });
  if (port === 0) return freePort(host);
  await new Promise((closed) => server.close(closed));
  return port;
}
