import type { z } from "zod";
import { listFolder } from "../../shared/blob/list.ts";
import { artifactPath, joinPath } from "../../shared/blob/paths.ts";
import { resolveRoot } from "../../shared/blob/roots.ts";
import { config } from "../../shared/config.ts";
import type { Context } from "../../shared/http/route.ts";
import { runArtifactUri } from "../../shared/store/artifacts.ts";
import type { ListArtifacts } from "./schemas.ts";

/** A run's folder at once, as MLflow lists it: it takes a page token and ignores it. */
export async function listArtifacts(input: z.output<typeof ListArtifacts>, { db }: Context) {
  const path = artifactPath(input.path ?? "");
  const uri = await runArtifactUri(db, input.run_id);
  const files = await listFolder(resolveRoot(uri, config()), path);
  if (files.length === 0) return { root_uri: uri };
  return {
    root_uri: uri,
    files: files.map(({ name, isDir, size }) => ({
      path: joinPath(path, name),
      is_dir: isDir,
      file_size: size || undefined,
    })),
  };
}
