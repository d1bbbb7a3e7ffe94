import { refuseHostAddressed } from "../../shared/artifact-schemes.ts";
import { invalid } from "../../shared/http/errors.ts";
import { shown } from "../../shared/http/shown.ts";

const maxLength = 2048;
// The schemes whose last path segment may carry parameters (Python's urllib.parse).
const withParams = /^(?:(?:ftp|https?|sftp):|[^:]*$)/i;

/**
 * Refuses an artifact location that can't be one (mlflow/server/handlers.py, _validate_storage_location_uri).
 * @throws INVALID_PARAMETER_VALUE
 */
export function checkArtifactLocation(location: string): void {
  const [beforeFragment = "", fragment] = location.split("#");
  const [path = "", query = ""] = beforeFragment.split("?");
  if (fragment || (withParams.test(location) && /;[^/]+$/.test(path)))
    throw invalid("'artifact_location' URL can't include fragments or params.");
  if (decodeFully(query).includes("..")) throw invalid("Invalid query string");
  refuseHostAddressed(location, "artifact_location");
  if (location.startsWith("runs:"))
    throw invalid(`Artifact location cannot be a runs:/ URI. Given: '${shown(location)}'`);
  if (location.length > maxLength)
    throw invalid(
      `Invalid artifact path length. The length of the artifact path cannot be greater than ${maxLength} characters.`,
    );
}

function decodeFully(text: string): string {
  try {
    const decoded = decodeURIComponent(text);
    return decoded === text ? text : decodeFully(decoded);
  } catch {
    return text;
  }
}
