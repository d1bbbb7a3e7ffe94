import type { z } from "zod";
import { deleteArtifacts } from "../../shared/artifacts/delete.ts";
import { isListed } from "../../shared/artifacts/find.ts";
import { mayMeanAnother } from "../../shared/artifacts/paths.ts";
import { artifactsDestination } from "../../shared/artifacts/roots.ts";
import { invalid } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { pathInDestination, refuseSkills } from "./destination.ts";
import type { OneArtifact } from "./schemas.ts";

/**
 * The Functions host resolves dot segments before the app is asked: `1/models/..` arrives as `1/`. Clients end a path
 * with a slash only where they delete the artifacts of a run, model or trace, as `mlflow gc` does.
 */
function refuseResolvedDots(path: string): void {
  if (path.endsWith("/") && !path.endsWith("/artifacts/"))
    throw invalid(
      "Only a folder named 'artifacts' may be deleted with a slash at the end of its path: leave the slash out.",
    );
}

export async function deleteArtifact(input: z.output<typeof OneArtifact>, { request, config, blobs }: Context) {
  refuseResolvedDots(request.url.pathname);
  const path = pathInDestination(input.artifact_path, request);
  refuseSkills(path);
  const root = artifactsDestination(config);
  if (mayMeanAnother(path) && !(await isListed(blobs, root, path))) return {};
  await deleteArtifacts(blobs, root, path);
  return {};
}
