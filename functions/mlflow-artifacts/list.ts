import type { z } from "zod";
import { listStored } from "../../shared/artifacts/find.ts";
import { artifactPath } from "../../shared/artifacts/paths.ts";
import { artifactsDestination } from "../../shared/artifacts/roots.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { ListArtifacts } from "./schemas.ts";

/** Entries under their own names, as MLflow's proxy lists them; clients put the folder before them. */
export async function listArtifacts(input: z.output<typeof ListArtifacts>, { config, blobs }: Context) {
  const files = await listStored(blobs, artifactsDestination(config), artifactPath(input.path ?? ""), "");
  return files ? `{"files":${files}}` : {};
}
