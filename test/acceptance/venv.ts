import { execFile } from "node:child_process";
import { access, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { mlflowVersion } from "../../shared/mlflow/version.ts";

const run = promisify(execFile);

/**
 * What pip installs for each version, in order. The one served is put over 3.17.2, whose companion packages it takes;
 * `export-import` is the tool that moves between servers, `opentelemetry` an exporter of spans without MLflow.
 * Flask-WTF is what the basic-auth app needs beside.
 */
const packages = {
  "2.22.5": [["mlflow==2.22.5", "tqdm"]],
  "3.17.2": [["mlflow==3.17.2", "psycopg2-binary", "tqdm"]],
  [mlflowVersion]: [
    ["mlflow==3.17.2", "psycopg2-binary", "tqdm", "Flask-WTF==1.3.0"],
    ["--no-deps", `mlflow==${mlflowVersion}`],
  ],
  "export-import": [
    ["mlflow==3.17.2", "mlflow-export-import==1.2.0", "tabulate"],
    ["--no-deps", `mlflow==${mlflowVersion}`],
  ],
  opentelemetry: [["opentelemetry-sdk==1.45.2", "opentelemetry-exporter-otlp-proto-http==1.45.2"]],
} as const;

export type MlflowVersion = keyof typeof packages;

const setting = (version: MlflowVersion) => `MLFLOW_VENV_${version.replace(/\W/g, "_").toUpperCase()}`;

/**
 * The folder of a Python virtual environment with this MLflow: the one named by `MLFLOW_VENV_3_18_0` (or
 * that of another version), else one under `.data`, made when it is missing (which takes minutes and the network).
 */
export function venv(version: MlflowVersion): Promise<string> {
  const found = making.get(version) ?? make(version);
  making.set(version, found);
  return found;
}

const making = new Map<MlflowVersion, Promise<string>>();

async function make(version: MlflowVersion): Promise<string> {
  const given = process.env[setting(version)];
  if (given) return given;
  const folder = resolve(".data", `venv-${version}`);
  const complete = join(folder, "complete");
  if (await exists(complete)) return folder;
  await mkdir(resolve(".data"), { recursive: true });
  await run("python3", ["-m", "venv", "--clear", folder]);
  for (const wanted of packages[version]) await run(join(folder, "bin/pip"), ["install", "--quiet", ...wanted]);
  await writeFile(complete, "");
  return folder;
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
