import type { z } from "zod";
import { deleteArtifacts } from "../../shared/blob/delete.ts";
import { artifactsDestination } from "../../shared/blob/roots.ts";
import { config } from "../../shared/config.ts";
import { pathInDestination, refuseSkills } from "./destination.ts";
import type { OneArtifact } from "./schemas.ts";

export async function deleteArtifact(input: z.output<typeof OneArtifact>) {
  const path = pathInDestination(input.artifact_path);
  refuseSkills(path);
  await deleteArtifacts(artifactsDestination(config()), path);
  return {};
}
