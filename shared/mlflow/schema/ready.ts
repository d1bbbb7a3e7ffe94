import type {} from "../../platform/azure/address.ts";
import type { Config } from "../../platform/config.ts";
import { config } from "../../platform/config.ts";
import { database } from "../../platform/db/database.ts";
import { once } from "../../platform/once.ts";
import type { SchemaSettings } from "./schema.ts";

/**
 * Makes sure, once per process, that the database has MLflow's schema; a failure is tried again by the next request.
 * @throws MlflowError as `ensureSchema` does
 */
export const ensureReady = once(async () => {
  const { ensureSchema } = await import("./schema.ts");
  await ensureSchema(database(), schemaSettings(config()));
});

/** What `ensureSchema` and `migrate` need of the settings. */
export const schemaSettings = (settings: Config): SchemaSettings => ({
  defaultArtifactRoot: settings.MLFLOW_DEFAULT_ARTIFACT_ROOT,
  ownSchema: settings.MLFLOW_FUNCTIONS_SCHEMA,
});
