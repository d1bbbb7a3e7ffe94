import type { z } from "zod";
import { listRunFiles } from "../../shared/artifacts/run-files.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { ListArtifacts } from "./schemas.ts";

/** A run's folder at once, as MLflow lists it: it takes a page token and ignores it. */
export async function listArtifacts(input: z.output<typeof ListArtifacts>, { db }: Context) {
  return listRunFiles(db, input.run_id, input.path ?? "");
}
