import { checkReadable } from "../../shared/artifacts/names.ts";
import { artifactPath, joinPath, newArtifactPath, uploadFileName } from "../../shared/artifacts/paths.ts";
import { invalidPath, MlflowError } from "../../shared/platform/errors.ts";
import type { Request } from "../../shared/platform/http/request.ts";
import { unquote } from "../../shared/platform/percent.ts";

/** The path of a file or folder below the artifacts destination. The destination itself is refused. */
export function pathInDestination(given: string, request: Request): string {
  refuseQuery(given, request);
  const path = artifactPath(given);
  if (path === "") throw invalidPath();
  return path;
}

/** The same for a file that will be written. */
export function newPathInDestination(given: string, request: Request): string {
  refuseQuery(given, request);
  return newArtifactPath(given.replace(/\/$/, ""));
}

/** The same for a file that will be uploaded in parts: the URL names the folder, the body's `path` the file. */
export function uploadInDestination(
  { artifact_path, path }: { artifact_path: string; path: string },
  request: Request,
): string {
  return joinPath(newPathInDestination(artifact_path, request), uploadFileName(path, request.header("user-agent")));
}

/**
 * MLflow's clients put names into URLs as they are, so what looks like a query is the rest of a name with a question
 * mark.
 */
function refuseQuery(given: string, { url }: Request): void {
  if (url.search !== "") checkReadable(given.split("/").at(-1) + unquote(url.search));
}

/**
 * Where MLflow's skill registry keeps what it has uploaded (mlflow/store/tracking/skill_registry/artifact_paths.py).
 */
export function refuseSkills(path: string): void {
  const segments = path.toLowerCase().split("/");
  const root = segments[0] === "workspaces" ? segments[2] : segments[0];
  if (root === "skills")
    throw new MlflowError("PERMISSION_DENIED", "Skill upload content is immutable; register a new version instead");
}
