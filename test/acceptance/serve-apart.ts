import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { inject } from "vitest";
import { freePort } from "../../shared/tools/processes.ts";

export interface Served {
  url: string;
  stop(): Promise<void>;
}

/**
 * Runs the app of a folder in a process of its own: one process reads its settings once.
 * @param env its settings, beside the tests' storage
 */
export async function serveApart(folder: string, env: Record<string, string>): Promise<Served> {
  const port = await freePort("127.0.0.1");
  const storage = { AZURE_STORAGE_CONNECTION_STRING: inject("storage"), AzureWebJobsStorage: inject("storage") };
  const child = spawn(process.execPath, [resolve("dist/host.cjs"), folder, String(port)], {
    env: { ...process.env, ...storage, MLFLOW_FUNCTIONS_AUTH: "none", ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const url = `http://127.0.0.1:${port}`;
  await healthy(url, child);
  return {
    url,
    stop: async () => {
      const exited = new Promise((done) => child.once("exit", done));
      child.kill("SIGINT");
      await exited;
    },
  };
}

/** Waits until a host answers. @throws Error where it ends instead, or takes two minutes */
async function healthy(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the host ended with exit code ${child.exitCode}`);
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error("the host did not answer within two minutes");
}
