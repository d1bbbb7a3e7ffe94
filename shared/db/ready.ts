import { config } from "../config.ts";
import { database } from "./database.ts";

let ready: Promise<void> | undefined;

/**
 * Makes sure, once per process, that the database has MLflow's schema; a failure is tried again by the next request.
 * @throws MlflowError as `ensureSchema` does
 */
export function ensureReady(): Promise<void> {
  ready ??= check().catch((error: unknown) => {
    ready = undefined;
    throw error;
  });
  return ready;
}

async function check(): Promise<void> {
  const { ensureSchema } = await import("./schema.ts");
  await ensureSchema(database().pool, { defaultArtifactRoot: config().MLFLOW_DEFAULT_ARTIFACT_ROOT });
}
