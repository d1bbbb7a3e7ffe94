import type { z } from "zod";
import { listLocation } from "../../shared/artifacts/find.ts";
import { artifactPath } from "../../shared/artifacts/paths.ts";
import { sendStored } from "../../shared/artifacts/send.ts";
import { loggedModelLocation } from "../../shared/artifacts/store.ts";
import { MlflowError } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { GetArtifact, ListArtifacts } from "./schemas.ts";

/** A model's folder at once, as MLflow lists it: it takes a page token and ignores it. */
export async function listArtifacts(input: z.output<typeof ListArtifacts>, context: Context) {
  const path = artifactPath(input.artifact_directory_path ?? "");
  return listLocation(context, await loggedModelLocation(context.db, input.id), path);
}

/** A model's file for the page. */
export async function getArtifact(input: z.output<typeof GetArtifact>, context: Context) {
  if (!input.artifact_file_path)
    throw new MlflowError("BAD_REQUEST", 'Request must include the "artifact_file_path" query parameter.');
  const path = artifactPath(input.artifact_file_path);
  const location = await loggedModelLocation(context.db, input.id);
  return sendStored(context, location, path, { presigned: input.presigned === "true" });
}
