/** Hosts of Functions apps: whatever takes the folder of an app and a port. */
import { type ChildProcess, spawn } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../shared/tools/processes.ts";
import { call } from "./client.ts";

export interface Hosted {
  url: string;
  pid: number;
  process: ChildProcess;
  /** Until it answered a request. */
  milliseconds: number;
}

const patience = 120_000;

/**
 * Starts an app under a host, and waits until it answers.
 * @param command a command line in which `{app}` and `{port}` stand for the folder and the port
 * @throws Error where the host ends, or does not answer within two minutes
 */
export async function startUnder(command: string, folder: string, settings: Record<string, string>): Promise<Hosted> {
  const port = await freePort("127.0.0.1");
  const url = `http://127.0.0.1:${port}`;
  const [file, ...args] = command
    .split(" ")
    .filter((part) => part !== "")
    .map((part) => part.replace("{app}", folder).replace("{port}", String(port)));
  const started = performance.now();
  const host = spawn(file!, args, { env: { ...process.env, ...settings }, stdio: ["ignore", "ignore", "inherit"] });
  let failure: Error | undefined;
  host.once("error", (error) => {
    failure = error;
  });
  for (;;) {
    const answered = await call({ url }, "GET", "/api/2.0/mlflow/experiments/get?experiment_id=0").then(
      () => true,
      () => false,
    );
    const milliseconds = performance.now() - started;
    if (answered) return { url, pid: host.pid!, process: host, milliseconds };
    failure ??= host.exitCode === null ? undefined : new Error(`${command} ended with exit code ${host.exitCode}`);
    if (!failure && milliseconds > patience) failure = new Error(`${command} did not answer within two minutes`);
    if (failure) {
      host.kill();
      throw failure;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The folder of an app whose one function does nothing. */
export async function anEmptyApp(parent: string): Promise<string> {
  const folder = join(parent, "empty-function");
  await mkdir(folder);
  await cp("dist/empty-function.cjs", join(folder, "main.cjs"));
  await cp("host.json", join(folder, "host.json"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, main: "main.cjs" }));
  const local = { IsEncrypted: false, Values: { FUNCTIONS_WORKER_RUNTIME: "node", AzureWebJobsStorage: "" } };
  await writeFile(join(folder, "local.settings.json"), JSON.stringify(local));
  return folder;
}
