import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { venv } from "./venv.ts";

/**
 * A folder in which the package of clients/python and azure-identity are installed, apart from the environments that
 * tests share.
 */
export async function installedEntraPackage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-entra-"));
  const pip = join(await venv(mlflowVersion), "bin/pip");
  await promisify(execFile)(pip, ["install", "--quiet", "--target", folder, resolve("clients/python")]);
  return folder;
}
