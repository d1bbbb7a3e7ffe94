import { artifactPath } from "../../shared/blob/paths.ts";
import { artifactsDestination, type BlobAddress, blobAt } from "../../shared/blob/roots.ts";
import { config } from "../../shared/config.ts";
import { invalid, MlflowError } from "../../shared/http/errors.ts";

/** The path of a file or folder below the artifacts destination, which itself is neither. */
export function pathInDestination(given: string): string {
  const path = artifactPath(given);
  if (path === "") throw invalid("Invalid path");
  return path;
}

export const blobInDestination = (path: string): BlobAddress => blobAt(artifactsDestination(config()), path);

/** Where MLflow's skill registry keeps what it has uploaded (mlflow/store/tracking/skill_registry/artifact_paths.py). */
export function refuseSkills(path: string): void {
  const segments = path.toLowerCase().split("/");
  const root = segments[0] === "workspaces" ? segments[2] : segments[0];
  if (root === "skills")
    throw new MlflowError("PERMISSION_DENIED", "Skill upload content is immutable; register a new version instead");
}
