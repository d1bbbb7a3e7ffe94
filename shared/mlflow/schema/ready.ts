import type { Config } from "../../platform/config.ts";
import type { AppContext } from "../../platform/context.ts";
import { onceFor } from "../../platform/once.ts";
import type { SchemaSettings } from "./schema.ts";

/**
 * Makes sure, once for a context, that its database has MLflow's schema; a failure is tried again by the next request.
 * @throws MlflowError as `ensureSchema` does
 */
export const ensureReady = onceFor(async ({ database, config }: AppContext) => {
  const { ensureSchema } = await import("./schema.ts");
  await ensureSchema(database(), schemaSettings(config));
});

/** What `ensureSchema` and `migrate` need of the settings. */
export const schemaSettings = (settings: Config): SchemaSettings => ({
  defaultArtifactRoot: settings.MLFLOW_DEFAULT_ARTIFACT_ROOT,
  ownSchema: settings.MLFLOW_FUNCTIONS_SCHEMA,
});
