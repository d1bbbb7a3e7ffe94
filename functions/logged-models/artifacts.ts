import type { z } from "zod";
import { listLocation } from "../../shared/artifacts/find.ts";
import { artifactPath } from "../../shared/artifacts/paths.ts";
import { sendStored } from "../../shared/artifacts/send.ts";
import { loggedModelLocation } from "../../shared/artifacts/store.ts";
import { MlflowError } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { GetArtifact, ListArtifacts } from "./schemas.ts";

/** A model's folder at once, as MLflow lists it: it takes a page token and ignores it. */
export async function listArtifacts(input: z.output<typeof ListArtifacts>, { db, config }: Context) {
  const path = artifactPath(input.artifact_directory_path ?? "");
  return listLocation(await loggedModelLocation(db, input.id), path, config);
}

/** A model's file for the page. */
export async function getArtifact(input: z.output<typeof GetArtifact>, { db, caller, config }: Context) {
  if (!input.artifact_file_path)
    throw new MlflowError("BAD_REQUEST", 'Request must include the "artifact_file_path" query parameter.');
  const path = artifactPath(input.artifact_file_path);
  const location = await loggedModelLocation(db, input.id);
  return sendStored(location, path, { presigned: input.presigned === "true", caller, config });
}
