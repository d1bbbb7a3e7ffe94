import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { venv } from "./venv.ts";

/** Making the environments takes minutes, which no test's time limit should have to allow for. */
export default async function setup() {
  await venv(mlflowVersion);
  await venv("3.17.2");
  await venv("2.22.5");
  await venv("export-import");
  await venv("opentelemetry");
}
