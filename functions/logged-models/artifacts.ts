import type { z } from "zod";
import { listStored } from "../../shared/artifacts/find.ts";
import { artifactPath } from "../../shared/artifacts/paths.ts";
import { resolveRoot } from "../../shared/artifacts/roots.ts";
import { sendStored } from "../../shared/artifacts/send.ts";
import { loggedModelArtifactUri } from "../../shared/artifacts/store.ts";
import { config } from "../../shared/platform/config.ts";
import { MlflowError } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { GetArtifact, ListArtifacts } from "./schemas.ts";

/** A model's folder at once, as MLflow lists it: it takes a page token and ignores it. */
export async function listArtifacts(input: z.output<typeof ListArtifacts>, { db }: Context) {
  const path = artifactPath(input.artifact_directory_path ?? "");
  const uri = await loggedModelArtifactUri(db, input.id);
  const files = await listStored(resolveRoot(uri, config()), path, path);
  return files ? `{"root_uri":${JSON.stringify(uri)},"files":${files}}` : { root_uri: uri };
}

/** A model's file for the page. */
export async function getArtifact(input: z.output<typeof GetArtifact>, { db, caller }: Context) {
  if (!input.artifact_file_path)
    throw new MlflowError("BAD_REQUEST", 'Request must include the "artifact_file_path" query parameter.');
  const path = artifactPath(input.artifact_file_path);
  const uri = await loggedModelArtifactUri(db, input.id);
  return sendStored(uri, path, { presigned: input.presigned === "true", caller, model: input.id });
}
