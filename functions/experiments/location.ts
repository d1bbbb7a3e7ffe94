import { invalid } from "../../shared/http/errors.ts";

const maxLength = 2048;
// Stock's server would connect to the host that such a location names (mlflow/store/artifact/host_policy.py).
const hostAddressed = /^(ftp|sftp|http|https|hdfs|viewfs):/i;
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
  const [, scheme] = hostAddressed.exec(location) ?? [];
  if (scheme)
    throw invalid(
      `'artifact_location' cannot use the '${scheme.toLowerCase()}' scheme: this server never connects to the host it names.`,
    );
  if (location.startsWith("runs:")) throw invalid(`Artifact location cannot be a runs:/ URI. Given: '${location}'`);
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
