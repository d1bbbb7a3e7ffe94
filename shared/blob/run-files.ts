/** What lies in a folder of a run's artifacts. */
import { config } from "../config.ts";
import type { Db } from "../db/database.ts";
import { runArtifactUri } from "../store/artifacts.ts";
import { listFolder } from "./list.ts";
import { artifactPath, joinPath } from "./paths.ts";
import { resolveRoot } from "./roots.ts";

/**
 * The JSON text of `{"root_uri": ..., "files": [...]}`: the folder at once, without `files` where there are none.
 * @throws MlflowError as artifactPath, resolveRoot and listFolder; RESOURCE_DOES_NOT_EXIST for a missing run
 */
export async function listRunFiles(db: Db, runId: string, folder: string): Promise<string> {
  const path = artifactPath(folder);
  const uri = await runArtifactUri(db, runId);
  const files = await listFolder(resolveRoot(uri, config()), path);
  if (files.length === 0) return JSON.stringify({ root_uri: uri });
  return JSON.stringify({
    root_uri: uri,
    files: files.map(({ name, isDir, size }) => ({
      path: joinPath(path, name),
      is_dir: isDir,
      file_size: size || undefined,
    })),
  });
}
