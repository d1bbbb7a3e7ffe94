import { parseConfig } from "../shared/platform/config.ts";
import { type AppContext, makeContext } from "../shared/platform/context.ts";
import { withDatabaseOf, withStorageOf } from "../shared/tools/embedded-services.ts";
import { putIntoEnvironment, readSettings } from "../shared/tools/settings.ts";

/**
 * The context of the environment's settings and those of local.settings.json; where they name no database or storage,
 * of the `npm start` in `dataDir`.
 * @throws Refusal for a directory or a file that holds something else, SettingsError for wrong settings
 */
export async function readContext(dataDir: string): Promise<AppContext> {
  const settings = await withDatabaseOf(dataDir, await withStorageOf(dataDir, await readSettings()));
  putIntoEnvironment(settings);
  return makeContext(parseConfig(settings));
}
