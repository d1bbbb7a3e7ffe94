import { invalid } from "../../shared/http/errors.ts";
import { checkLength } from "../../shared/validation.ts";

/**
 * Refuses an artifact location that can't be one (mlflow/server/handlers.py, _validate_storage_location_uri).
 * @throws INVALID_PARAMETER_VALUE
 */
export function checkArtifactLocation(location: string): void {
  const [, fragment] = location.split("#");
  if (fragment || /;[^/]*$/.test(location.split(/[?#]/)[0]!))
    throw invalid("'artifact_location' URL can't include fragments or params.");
  if (decodeFully(location.split("?")[1] ?? "").includes("..")) throw invalid("Invalid query string");
  if (location.startsWith("runs:")) throw invalid(`Artifact location cannot be a runs:/ URI. Given: '${location}'`);
  checkLength("artifact_location", 2048, location);
}

function decodeFully(text: string): string {
  try {
    const decoded = decodeURIComponent(text);
    return decoded === text ? text : decodeFully(decoded);
  } catch {
    return text;
  }
}
