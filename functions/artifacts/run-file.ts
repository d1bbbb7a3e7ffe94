import type { z } from "zod";
import { artifactPath } from "../../shared/blob/paths.ts";
import { sendStored } from "../../shared/blob/send.ts";
import type { Context } from "../../shared/http/route.ts";
import { runArtifactUri } from "../../shared/store/artifacts.ts";
import type { RunFile } from "./schemas.ts";

export async function getRunFile(input: z.output<typeof RunFile>, { db, caller }: Context) {
  const path = artifactPath(input.path);
  // Without an id MLflow looks for the run named None.
  const run = input.run_id || input.run_uuid || "None";
  const uri = await runArtifactUri(db, run);
  return sendStored(uri, path, { presigned: false, caller, run });
}
