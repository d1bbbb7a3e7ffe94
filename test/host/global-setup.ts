import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { venv } from "../acceptance/venv.ts";

/** Making the environment takes minutes, which no test's time limit should have to allow for. */
export default async function setup() {
  await venv(mlflowVersion);
}
