import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** The command line of a process; undefined where there is none of that id. */
export function commandOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return undefined;
  }
  try {
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return undefined;
  }
}

/** Ends a process whose command line holds `mark`, by force after ten seconds. Others keep running. */
export async function stopProcess(pid: number, mark: string): Promise<void> {
  const runs = () => commandOf(pid)?.includes(mark) ?? false;
  if (!runs()) return;
  process.kill(pid, "SIGTERM");
  for (let waited = 0; waited < 10_000 && runs(); waited += 20) await delay(20);
  if (runs()) process.kill(pid, "SIGKILL");
}

/** A port nobody listens on: `preferred` if it is free. */
export async function freePort(host: string, preferred = 0): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.once("error", () => resolve(0));
    server.listen(preferred, host, () => resolve((server.address() as { port: number }).port));
  });
  if (port !== 0) await new Promise((closed) => server.close(closed));
  return port === 0 && preferred !== 0 ? freePort(host) : port;
}
