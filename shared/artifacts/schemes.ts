import { invalid } from "../platform/errors.ts";

// Stock's server would connect to the host that such a location names (mlflow/store/artifact/host_policy.py).
const hostAddressed = /^(?:(ftp|sftp|http|https|hdfs|viewfs|r2|b2):|(mlflow-artifacts):\/\/[^/])/i;

/** A URI without the characters that Python's `urlparse` drops, so that what is checked is what a client reads. */
export const asPythonReads = (uri: string): string => uri.replace(/^[\0-\x20]+|[\t\r\n]/g, "");

/** @throws INVALID_PARAMETER_VALUE for a location of a scheme that names a host to connect to */
export function refuseHostAddressed(location: string, field: string): void {
  const [, ...schemes] = hostAddressed.exec(asPythonReads(location)) ?? [];
  const scheme = schemes.find(Boolean);
  if (scheme)
    throw invalid(
      `'${field}' cannot use the '${scheme.toLowerCase()}' scheme: this server never connects to the host it names.`,
    );
}
