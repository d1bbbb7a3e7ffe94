/** What lies in a folder of a run's artifacts. */
import { config } from "../platform/config.ts";
import type { Db } from "../platform/db/database.ts";
import { listStored } from "./find.ts";
import { artifactPath } from "./paths.ts";
import { resolveRoot } from "./roots.ts";
import { runArtifactUri } from "./store.ts";

/**
 * The JSON text of `{"root_uri": ..., "files": [...]}`: the folder at once, without `files` where there are none.
 * @throws MlflowError as artifactPath, resolveRoot and listStored; RESOURCE_DOES_NOT_EXIST for a missing run
 */
export async function listRunFiles(db: Db, runId: string, folder: string): Promise<string> {
  const path = artifactPath(folder);
  const uri = await runArtifactUri(db, runId);
  const files = await listStored(resolveRoot(uri, config()), path, path);
  const root = JSON.stringify(uri);
  return files ? `{"root_uri":${root},"files":${files}}` : `{"root_uri":${root}}`;
}
