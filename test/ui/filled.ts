import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { inject } from "vitest";
import { setCors } from "../../local/cors.ts";
import { venv } from "../acceptance/venv.ts";
import { type App, startApp } from "../support/app.ts";

/** What fill.py made. */
export interface Made {
  experiment: string;
  runs: string[];
  models: string[];
}

/** An app with one of everything in it, whose page may reach the blobs. */
export async function aFilledApp(): Promise<{ app: App; made: Made }> {
  const app = await startApp();
  await setCors(inject("storage"), [app.url]);
  const python = join(await venv("3.18.0"), "bin/python");
  const env = {
    ...process.env,
    MLFLOW_TRACKING_URI: app.url,
    MLFLOW_DISABLE_TELEMETRY: "true",
    GIT_PYTHON_REFRESH: "quiet",
  };
  const { stdout } = await promisify(execFile)(python, [resolve("test/ui/fill.py")], { env, maxBuffer: 2 ** 24 });
  return { app, made: JSON.parse(stdout.trim().split("\n").at(-1)!) };
}
