import type { z } from "zod";
import { artifactPath } from "../../shared/artifacts/paths.ts";
import { sendStored } from "../../shared/artifacts/send.ts";
import { runLocation } from "../../shared/artifacts/store.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { RunFile } from "./schemas.ts";

export async function getRunFile(input: z.output<typeof RunFile>, context: Context) {
  const path = artifactPath(input.path);
  // Without an id MLflow looks for the run named None.
  const run = input.run_id || input.run_uuid || "None";
  return sendStored(context, await runLocation(context.db, run), path, { presigned: false });
}
