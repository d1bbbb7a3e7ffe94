import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpuOf } from "./cpu.ts";

/** What a command took as a whole process. */
export interface Watched {
  seconds: number;
  /** User and system time in seconds, but for the last half of one; 0 where there is no /proc. */
  cpu: number;
  /** The most that its process had resident at one time, in megabytes; 0 where there is no /proc. */
  megabytes: number;
}

const everyMilliseconds = 50;
/** Reads all processes, which takes a time of its own. */
const cpuEveryMilliseconds = 500;

/**
 * Runs a command to its end.
 * @param env beside the environment
 * @throws Error with the end of what it wrote, where it fails
 */
export async function watched(program: string, args: string[], env: Record<string, string>): Promise<Watched> {
  const started = performance.now();
  const child = spawn(program, args, {
    env: { ...process.env, MLFLOW_DISABLE_TELEMETRY: "true", DO_NOT_TRACK: "true", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (text) => {
    said = `${said}${text}`.slice(-2000);
  });
  let [most, cpu] = [0, 0];
  const timers = [
    setInterval(() => {
      most = Math.max(most, residentMegabytes(child));
    }, everyMilliseconds),
    setInterval(() => {
      cpu = Math.max(cpu, (cpuOf(child.pid!) ?? 0) / 1e6);
    }, cpuEveryMilliseconds),
  ];
  const code = await new Promise((done) => child.on("exit", done)).finally(() => timers.forEach(clearInterval));
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}: ${said}`);
  return { seconds: (performance.now() - started) / 1000, cpu, megabytes: most };
}

/** Its high-water mark. */
function residentMegabytes({ pid }: ChildProcess): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
