/**
 * The one way in which locations and sources are split: as Python's `urlparse` does, since that is how clients read
 * them.
 */
import { invalid } from "../platform/errors.ts";

export interface Uri {
  /** In small letters. */
  scheme: string;
  authority: string;
  path: string;
}

/** The parts of a URI without query and fragment, and without the characters that `urlparse` drops. */
export function splitUri(uri: string): Uri {
  const read = uri.replace(/^[\0-\x20]+|[\t\r\n]/g, "");
  const [, scheme = "", authority = "", path = ""] =
    /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)/i.exec(read) ?? [];
  return { scheme: scheme.toLowerCase(), authority, path };
}

const toHosts = new Set(["ftp", "sftp", "http", "https", "hdfs", "viewfs", "r2", "b2"]);

/**
 * Stock's server would connect to the host that such a location names (mlflow/store/artifact/host_policy.py).
 * @throws INVALID_PARAMETER_VALUE for a location of a scheme that names a host to connect to
 */
export function refuseHostAddressed(location: string, field: string): void {
  const { scheme, authority } = splitUri(location);
  if (toHosts.has(scheme) || (scheme === "mlflow-artifacts" && authority !== ""))
    throw invalid(`'${field}' cannot use the '${scheme}' scheme: this server never connects to the host it names.`);
}
