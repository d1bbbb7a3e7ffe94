import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { freePort } from "../shared/tools/processes.ts";
import { call } from "./client.ts";

export interface Server {
  url: string;
  /** Of the process that was started; a stock server has more below it. */
  pid: number;
}

export interface StartedApp extends Server {
  process: ChildProcess;
  /** From the start of the process to its first answered API request. */
  milliseconds: number;
}

const ownEntry = "dist/start.cjs";

/** Those of `npm start`. */
export const nodeOptions = ["--max-semi-space-size=8"];

/** @param settings environment variables beside where its database and storage are */
export async function startApp(
  database: string,
  dataDir: string,
  entry = ownEntry,
  settings: Record<string, string> = {},
): Promise<StartedApp> {
  const port = await freePort("127.0.0.1");
  const url = `http://127.0.0.1:${port}`;
  const started = performance.now();
  // An older build may not know the option, and fetches no page by itself.
  const quiet = entry === ownEntry ? ["--no-ui"] : [];
  const args = [...nodeOptions, entry, "--port", String(port), "--data-dir", dataDir, ...quiet];
  const app = spawn(process.execPath, args, {
    env: {
      ...process.env,
      MLFLOW_BACKEND_STORE_URI: database,
      AZURE_STORAGE_CONNECTION_STRING: "UseDevelopmentStorage=true",
      ...settings,
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  for (;;) {
    const answered = await call({ url }, "GET", "/api/2.0/mlflow/experiments/get?experiment_id=0").then(
      () => true,
      // Where one has to sign in, this is the answer.
      (error: Error) => error.message.includes("UNAUTHENTICATED"),
    );
    if (answered) return { url, pid: app.pid!, process: app, milliseconds: performance.now() - started };
    if (app.exitCode !== null) throw new Error("the app did not start");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Resident memory of a process, as text. */
export async function memoryOf(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = /VmRSS:\s+(\d+)/.exec(status)?.[1];
  return kilobytes ? `${Math.round(Number(kilobytes) / 1024)} MB` : "unknown";
}
