import type { ArtifactRoot, BlobAddress } from "../platform/azure/address.ts";
import { parseConnectionString } from "../platform/azure/connection-string.ts";
import type { Config } from "../platform/config.ts";
import { MlflowError } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";
import { artifactErrors } from "./errors.ts";
import { artifactPath, asInUrl, checkBlobName, joinPath, rootSegments } from "./paths.ts";
import { splitUri, type Uri } from "./uri.ts";

const rootSettings = "MLFLOW_ARTIFACTS_DESTINATION, MLFLOW_DEFAULT_ARTIFACT_ROOT or MLFLOW_FUNCTIONS_ARTIFACT_ROOTS";
const defaultContainer = "mlflow";
const azureHost = /^([a-z0-9]{3,24})\.(?:blob|dfs)\.(core\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net))$/i;
const azureScheme = /^(?:wasb|abfs)s?$/;
const artifactsRoute = "/api/2.0/mlflow-artifacts/artifacts/";

const isAzureUri = (uri: string) => azureScheme.test(splitUri(uri).scheme);

/**
 * Parses `wasbs://container@account.blob.core.windows.net/path` and `abfss://container@account.dfs...`.
 * @throws MlflowError INVALID_PARAMETER_VALUE for another form or another host
 */
export function parseAzureUri(uri: string): ArtifactRoot {
  const { scheme, authority, path } = splitUri(uri);
  const [container = "", host = "", ...more] = authority.split("@");
  const [, account, suffix] = azureHost.exec(host) ?? [];
  if (
    !azureScheme.test(scheme) ||
    more.length > 0 ||
    !/^[a-z0-9$][a-z0-9-]{2,62}$/.test(container) ||
    !account ||
    !suffix
  )
    throw artifactErrors.location(
      uri,
      "must have the form wasbs://<container>@<account>.blob.core.windows.net/<path> or abfss://<container>@<account>.dfs.core.windows.net/<path> (or a host of Azure China or Azure Government).",
    );
  const segments = rootSegments(path);
  if (!segments) throw artifactErrors.locationLeavesItself(uri);
  return { account: account.toLowerCase(), suffix: suffix.toLowerCase(), container, prefix: segments.join("/") };
}

/** The root of a setting. The operator has to correct a wrong one, so the answer is a 500 that names the setting. */
function settingRoot(name: string, uri: string): ArtifactRoot {
  try {
    return parseAzureUri(uri);
  } catch (cause) {
    if (!(cause instanceof MlflowError)) throw cause;
    throw new MlflowError("INTERNAL_ERROR", `The setting ${name} is wrong. ${cause.message}`, { cause });
  }
}

/**
 * The container and prefix behind `mlflow-artifacts:/`: MLFLOW_ARTIFACTS_DESTINATION, else the container `mlflow` of
 * the connection string's account.
 * @throws MlflowError INTERNAL_ERROR naming the setting
 */
export function artifactsDestination(config: Config): ArtifactRoot {
  if (config.MLFLOW_ARTIFACTS_DESTINATION)
    return settingRoot("MLFLOW_ARTIFACTS_DESTINATION", config.MLFLOW_ARTIFACTS_DESTINATION);
  const connection = config.AZURE_STORAGE_CONNECTION_STRING;
  if (!connection)
    throw new MlflowError(
      "INTERNAL_ERROR",
      "MLFLOW_ARTIFACTS_DESTINATION is not set: set it to wasbs://<container>@<account>.blob.core.windows.net/<path>.",
    );
  const { account, suffix } = parseConnectionString(connection);
  return { account, suffix, container: defaultContainer, prefix: "" };
}

/** The roots inside which this app signs, lists, reads and deletes. */
export function allowedRoots(config: Config): ArtifactRoot[] {
  const extra = (config.MLFLOW_FUNCTIONS_ARTIFACT_ROOTS ?? []).map((uri) =>
    settingRoot("MLFLOW_FUNCTIONS_ARTIFACT_ROOTS", uri),
  );
  if (isAzureUri(config.MLFLOW_DEFAULT_ARTIFACT_ROOT))
    extra.push(settingRoot("MLFLOW_DEFAULT_ARTIFACT_ROOT", config.MLFLOW_DEFAULT_ARTIFACT_ROOT));
  const noDestination = !config.MLFLOW_ARTIFACTS_DESTINATION && !config.AZURE_STORAGE_CONNECTION_STRING;
  return noDestination ? extra : [artifactsDestination(config), ...extra];
}

/** Whole segments decide: `a/b` holds `a/b` and `a/b/c`, never `a/bc`. */
export const holds = (outer: ArtifactRoot, inner: ArtifactRoot) =>
  outer.account === inner.account &&
  outer.suffix === inner.suffix &&
  outer.container === inner.container &&
  (outer.prefix === "" || inner.prefix === outer.prefix || inner.prefix.startsWith(`${outer.prefix}/`));

/**
 * The path below the destination that an `mlflow-artifacts:` or proxy URL names (handlers.py,
 * _get_proxied_run_artifact_destination_path).
 */
function proxiedPath({ scheme, path }: Uri): string | undefined {
  if (scheme === "mlflow-artifacts") return path;
  if (scheme !== "http" && scheme !== "https") return undefined;
  const at = path.indexOf(artifactsRoute);
  return at < 0 ? undefined : path.slice(at + artifactsRoute.length);
}

/** The path of a file in MLflow's errors: relative to the destination if its root is proxied, else to its root. */
export function shownPath(uri: string, path: string): string {
  const proxied = proxiedPath(splitUri(uri));
  return shown(proxied === undefined ? path : joinPath(...proxied.split("/"), path));
}

/**
 * The container and prefix of a stored artifact location, inside the allowed roots.
 * @throws MlflowError INVALID_PARAMETER_VALUE for a scheme or form that is not served, PERMISSION_DENIED outside the
 * allowed roots
 */
export function resolveRoot(uri: string, config: Config): ArtifactRoot {
  const parts = splitUri(uri);
  const proxied = proxiedPath(parts);
  if (proxied !== undefined) return insideDestination(uri, proxied, config);
  if (!azureScheme.test(parts.scheme))
    throw artifactErrors.location(
      uri,
      `is of a kind this server does not serve. It serves mlflow-artifacts:, wasbs: and abfss: locations inside ${rootSettings}.`,
    );
  const root = parseAzureUri(uri);
  if (isAllowed(root, config)) return root;
  throw new MlflowError(
    "PERMISSION_DENIED",
    `The artifact location '${shown(uri)}' is outside the allowed ones. To serve it, add it to MLFLOW_FUNCTIONS_ARTIFACT_ROOTS.`,
  );
}

const isAllowed = (root: ArtifactRoot, config: Config) => allowedRoots(config).some((allowed) => holds(allowed, root));

/** Clients put such a location into a URL, so their files lie at the decoded path. */
function insideDestination(uri: string, path: string, config: Config): ArtifactRoot {
  const segments = rootSegments(path);
  if (!segments) throw artifactErrors.locationLeavesItself(uri);
  const destination = artifactsDestination(config);
  return { ...destination, prefix: joinPath(destination.prefix, artifactPath(asInUrl(segments.join("/")))) };
}

/**
 * The address that all spellings of a served location have in common.
 * @returns undefined for one that it never serves: of another scheme, or on Azure outside the allowed roots
 * @throws MlflowError INVALID_PARAMETER_VALUE for a form that is none
 */
export function servedPlace(uri: string, config: Config): ArtifactRoot | undefined {
  const { scheme, authority } = splitUri(uri);
  if (!azureScheme.test(scheme)) return proxiedPath(splitUri(uri)) === undefined ? undefined : resolveRoot(uri, config);
  if (authority === "") return undefined;
  const root = parseAzureUri(uri);
  return isAllowed(root, config) ? root : undefined;
}

/** The folder of a run, logged model or trace, of which its artifacts are a part. */
export const folderOf = (root: ArtifactRoot): ArtifactRoot => ({
  ...root,
  prefix: root.prefix.replace(/\/artifacts$/, ""),
});

/** Whether a place lies in the stored artifact root of a run or logged model, decided on the addresses of both. */
export function isPlaceIn(place: ArtifactRoot, uri: string, config: Config): boolean {
  const root = placeOrNone(uri, config);
  return root !== undefined && holds(root, place);
}

/** The same for the whole folder of that run or logged model, of which its artifacts are a part. */
export function isPlaceInFolderOf(place: ArtifactRoot, uri: string, config: Config): boolean {
  const root = placeOrNone(uri, config);
  return root !== undefined && holds(folderOf(root), place);
}

/** The address of a stored location; undefined for one that is none, or is never served. */
export function placeOrNone(uri: string, config: Config): ArtifactRoot | undefined {
  try {
    return servedPlace(uri, config);
  } catch {
    return undefined;
  }
}

/**
 * Refuses a location outside the allowed roots that this app would have to serve with its own identity. Locations of
 * other schemes are stored as MLflow stores them, and never served.
 * @throws MlflowError as resolveRoot
 */
export function checkStoredLocation(uri: string, config: Config): void {
  if (isAzureUri(uri)) resolveRoot(uri, config);
}

/**
 * @param path a path that `artifactPath` has passed
 * @throws MlflowError INVALID_PARAMETER_VALUE for a name longer than Azure allows
 */
export const blobAt = (root: ArtifactRoot, path: string): BlobAddress => ({
  root,
  name: checkBlobName(joinPath(root.prefix, path)),
});
