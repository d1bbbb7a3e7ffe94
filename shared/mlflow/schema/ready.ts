import type {} from "../../platform/azure/address.ts";
import type { Config } from "../../platform/config.ts";
import { config } from "../../platform/config.ts";
import { database } from "../../platform/db/database.ts";
import type { SchemaSettings } from "./schema.ts";

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

/** What `ensureSchema` and `migrate` need of the settings. */
export const schemaSettings = (settings: Config): SchemaSettings => ({
  defaultArtifactRoot: settings.MLFLOW_DEFAULT_ARTIFACT_ROOT,
  ownSchema: settings.MLFLOW_FUNCTIONS_SCHEMA,
});

async function check(): Promise<void> {
  const { ensureSchema } = await import("./schema.ts");
  await ensureSchema(database(), schemaSettings(config()));
}
