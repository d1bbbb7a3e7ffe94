import { artifactErrors } from "../../shared/artifacts/errors.ts";
import { experimentsAround } from "../../shared/artifacts/places.ts";
import { isPlaceInFolderOf, servedPlace } from "../../shared/artifacts/roots.ts";
import { rootsOf } from "../../shared/artifacts/store.ts";
import { refuseHostAddressed, splitUri } from "../../shared/artifacts/uri.ts";
import { checkExperiment } from "../../shared/experiments/may.ts";
import type { Config } from "../../shared/platform/config.ts";
import type { Db } from "../../shared/platform/db/database.ts";
import { invalid } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { decodeFully } from "../../shared/platform/percent.ts";
import { shown } from "../../shared/platform/shown.ts";

const maxLength = 2048;
// The schemes whose last path segment may carry parameters (Python's urllib.parse).
const withParams = /^(?:(?:ftp|https?|sftp):|[^:]*$)/i;

/**
 * Refuses an artifact location that can't be one (mlflow/server/handlers.py, _validate_storage_location_uri).
 * @throws INVALID_PARAMETER_VALUE
 */
export function checkArtifactLocation(location: string): void {
  if (location.length > maxLength)
    throw invalid(
      `Invalid artifact path length. The length of the artifact path cannot be greater than ${maxLength} characters.`,
    );
  const [beforeFragment = "", fragment] = location.split("#");
  const [path = "", query = ""] = beforeFragment.split("?");
  if (fragment || (withParams.test(location) && /;[^/]+$/.test(path)))
    throw invalid("'artifact_location' URL can't include fragments or params.");
  if (decodeFully(query)?.includes("..") !== false) throw invalid("Invalid query string");
  refuseHostAddressed(location, "artifact_location");
  if (location.startsWith("runs:"))
    throw invalid(`Artifact location cannot be a runs:/ URI. Given: '${shown(location)}'`);
  refuseRelative(location);
}

/** Stock reads it relative to its server's working directory; this app has no such directory. */
function refuseRelative(location: string): void {
  const { scheme, authority, path } = splitUri(location);
  if ((scheme !== "" && scheme !== "file") || authority !== "" || path.startsWith("/")) return;
  throw artifactErrors.location(
    location,
    "is a relative path, and would depend on the folder that the server runs in. " +
      "Give an absolute path or a URI, such as mlflow-artifacts:/path.",
  );
}

/**
 * Refuses a location inside the roots of experiments that the caller may not change: it would take what lies there from
 * them. Sharing a root takes nothing: what lies in it needs the right on all who share it.
 * @throws PERMISSION_DENIED
 */
export async function refuseForeignRoot(
  location: string,
  { db, config }: Pick<Context, "db" | "config">,
): Promise<void> {
  const { access } = db.scope;
  const place = access.isManager ? undefined : servedPlace(location, config);
  if (!place?.prefix.includes("/")) return;
  const outer = { ...place, prefix: place.prefix.slice(0, place.prefix.lastIndexOf("/")) };
  for (const id of await experimentsAround(outer, { db, config })) checkExperiment(access, "update", id);
}

/**
 * Refuses a location inside the folder of a run or logged model: only its own files may lie there.
 * @throws INVALID_PARAMETER_VALUE
 */
export async function refuseForeignFolder(db: Db, location: string, config: Config): Promise<void> {
  const place = servedPlace(location, config);
  if (!place) return;
  // By default the folder is named by the id. Azure may take a name that ends in dots for the name without them.
  const segments = place.prefix.split("/").map((segment) => (decodeFully(segment) ?? segment).replace(/\.+$/, ""));
  const named = { ...place, prefix: segments.join("/") };
  const roots = await rootsOf(db, segments);
  if (roots.some((root) => isPlaceInFolderOf(place, root, config) || isPlaceInFolderOf(named, root, config)))
    throw artifactErrors.location(
      location,
      "lies in the folder of a run or logged model, which no experiment can share.",
    );
}
