import type { z } from "zod";
import { listLocation } from "../../shared/artifacts/find.ts";
import { artifactPath } from "../../shared/artifacts/paths.ts";
import { runLocation } from "../../shared/artifacts/store.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { ListArtifacts } from "./schemas.ts";

/** A run's folder at once, as MLflow lists it: it takes a page token and ignores it. */
export async function listArtifacts(input: z.output<typeof ListArtifacts>, context: Context) {
  const path = artifactPath(input.path ?? "");
  return listLocation(context, await runLocation(context.db, input.run_id), path);
}
