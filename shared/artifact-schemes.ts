import { invalid } from "./http/errors.ts";

// Stock's server would connect to the host that such a location names (mlflow/store/artifact/host_policy.py).
const hostAddressed = /^(?:(ftp|sftp|http|https|hdfs|viewfs|r2|b2):|(mlflow-artifacts):\/\/[^/])/i;

/** @throws INVALID_PARAMETER_VALUE for a location of a scheme that names a host to connect to */
export function refuseHostAddressed(location: string, field: string): void {
  const [, ...schemes] = hostAddressed.exec(location) ?? [];
  const scheme = schemes.find(Boolean);
  if (scheme)
    throw invalid(
      `'${field}' cannot use the '${scheme.toLowerCase()}' scheme: this server never connects to the host it names.`,
    );
}
