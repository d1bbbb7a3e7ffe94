import { execFile, execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { startHost } from "../../local/host/index.ts";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { venv } from "../acceptance/venv.ts";
import { chromiumPath } from "./browser.ts";

/** What fill.py made. */
export interface Made {
  experiment: string;
  runs: string[];
  models: string[];
  /** An experiment with traces, one that has feedback, and the run of an evaluation. */
  traced: { experiment: string; trace: string; run: string };
  assistant: Assistant;
}

/** What assistant.py made. */
export interface Assistant {
  experiment: string;
  /** The newest first; `started` is in seconds since 1970. */
  traces: { id: string; question: string; started: number }[];
  evaluated: { experiment: string; runs: [string, string] };
}

declare module "vitest" {
  export interface ProvidedContext {
    made: Made;
  }
}

const noChromium = "No Chromium: install one, or name it in CHROMIUM_PATH. The page's tests are skipped.";

/** After the services: the page in place, and a filled database, `filled`, for the test files to clone. */
export default async function setup(project: TestProject) {
  if (!chromiumPath) {
    if (process.env.CI) throw new Error(noChromium);
    return console.warn(noChromium);
  }
  // MLflow's page comes from the same package as the client that fills the app.
  const python = join(await venv(mlflowVersion), "bin/python");
  const { postgres, storage } = project.getProvidedContext();
  execFileSync(process.execPath, ["dist/install-ui.cjs", "--python", python], { stdio: "inherit" });
  project.provide("made", await fill(python, postgres, storage));
}

async function fill(python: string, postgres: string, storage: string): Promise<Made> {
  const admin = new pg.Client({ connectionString: postgres.replace(/\/mlflow$/, "/postgres") });
  await admin.connect();
  await admin.query("CREATE DATABASE filled TEMPLATE mlflow");
  Object.assign(process.env, {
    MLFLOW_BACKEND_STORE_URI: postgres.replace(/\/mlflow$/, "/filled"),
    AZURE_STORAGE_CONNECTION_STRING: storage,
  });
  const app = await startHost({ entry: resolve("dist/main.cjs"), host: "127.0.0.1", port: 0 });
  const env = {
    ...process.env,
    MLFLOW_TRACKING_URI: app.url,
    MLFLOW_DISABLE_TELEMETRY: "true",
    GIT_PYTHON_REFRESH: "quiet",
  };
  const { stdout } = await promisify(execFile)(python, [resolve("test/ui/fill.py")], { env, maxBuffer: 2 ** 24 });
  await app.close();
  // The real worker ends with its connections; this process lives on, and what is connected to can't be cloned.
  await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'filled'");
  await admin.end();
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}
