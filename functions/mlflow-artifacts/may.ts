/** Who may: decided on the paths that a request may mean, as its handler reads them. */
import { artifactAt } from "../../shared/artifacts/may.ts";
import { artifactPath, asInUrl, fileToRead } from "../../shared/artifacts/paths.ts";
import type { Asking, Rule } from "../../shared/platform/http/route.ts";
import { newPathInDestination, pathInDestination, uploadInDestination } from "./destination.ts";

interface Named {
  artifact_path: string;
}

export const reads: Rule<Named> = artifactAt("read", ({ artifact_path }, { request }: Asking) => [
  fileToRead(pathInDestination(artifact_path, request)),
]);

export const writes: Rule<Named> = artifactAt("update", ({ artifact_path }, { request }: Asking) => [
  newPathInDestination(artifact_path, request),
]);

export const deletes: Rule<Named> = artifactAt("delete", ({ artifact_path }, { request }: Asking) => [
  pathInDestination(artifact_path, request),
]);

export const uploads: Rule<Named & { path: string }> = artifactAt("update", (input, { request }: Asking) => [
  uploadInDestination(input, request),
]);

/** A folder that is not there is looked for by its decoded name (shared/artifacts/find.ts). */
export const lists: Rule<{ path: string | undefined }> = artifactAt("read", ({ path = "" }) => [
  artifactPath(path),
  ...(path.includes("%") ? [artifactPath(asInUrl(artifactPath(path)))] : []),
]);
