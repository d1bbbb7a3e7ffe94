import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type MlflowVersion, venv } from "./venv.ts";

/** What clients of these tests run with. */
export const quiet = { MLFLOW_DISABLE_TELEMETRY: "true", DO_NOT_TRACK: "true", GIT_PYTHON_REFRESH: "quiet" };

/** Runs Python with a stock MLflow and answers what it printed. @throws Error with its output where it fails */
export async function python(version: MlflowVersion, args: string[], env: Record<string, string>): Promise<string> {
  const bin = join(await venv(version), "bin");
  const { stdout } = await promisify(execFile)(join(bin, "python"), args, {
    env: { ...process.env, ...quiet, PATH: `${bin}:${process.env.PATH}`, ...env },
    maxBuffer: 2 ** 26,
  });
  return stdout;
}
