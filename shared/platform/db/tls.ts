import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { UnreadableUri } from "./connection-uri.ts";

/**
 * Makes TLS options anew for each connection, since certificates are renewed; undefined is no TLS.
 * @throws where a file can't be read
 */
export type Tls = (() => ConnectionOptions) | undefined;

/**
 * What libpq tries in turn for an `sslmode` (https://www.postgresql.org/docs/current/libpq-ssl.html): `allow` first
 * goes without TLS, `prefer` with it.
 * @param name of the host, which the certificate has to be for under `verify-full`
 * @throws UnreadableUri
 */
export function tlsOf(mode: string, parameters: ReadonlyMap<string, string>, name: string | undefined): Tls[] {
  const rootFile = parameters.get("sslrootcert");
  const system = rootFile === "system";
  const named = name !== undefined && { host: name, ...(isIP(name) === 0 && { servername: name }) };
  const common = () => ({ ...named, ...versions(parameters), ...files(parameters) });
  const encrypted = () => ({ ...common(), rejectUnauthorized: false });
  // With a named certificate authority, the certificate may have any host name.
  const signed = () => ({ ...common(), checkServerIdentity: () => undefined });
  const unverified = rootFile && !system ? signed : encrypted;
  if (system && mode !== "verify-full")
    throw new UnreadableUri("has sslrootcert=system, which goes with sslmode=verify-full only");
  switch (mode) {
    case "disable":
      return [undefined];
    case "allow":
      return [undefined, unverified];
    case "prefer":
      return [unverified, undefined];
    case "require":
      return [unverified];
    // A mode of the driver that libpq does not have.
    case "no-verify":
      return [encrypted];
    case "verify-ca":
      if (!rootFile) throw new UnreadableUri("has sslmode=verify-ca without sslrootcert, the file of the authority");
      return [signed];
    case "verify-full":
      return [common];
    default:
      throw new UnreadableUri(
        "has an sslmode that is none of disable, allow, prefer, require, verify-ca and verify-full",
      );
  }
}

function files(parameters: ReadonlyMap<string, string>): ConnectionOptions {
  const root = parameters.get("sslrootcert");
  const read = (name: string) => {
    const path = parameters.get(name);
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, "utf8");
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      throw new Error(`The file of ${name}, ${path}, can't be read (${code})`, { cause });
    }
  };
  return {
    ca: root === "system" ? undefined : read("sslrootcert"),
    cert: read("sslcert"),
    key: read("sslkey"),
    crl: read("sslcrl"),
    passphrase: parameters.get("sslpassword"),
  };
}

const protocols = { TLSv1: "TLSv1", "TLSv1.1": "TLSv1.1", "TLSv1.2": "TLSv1.2", "TLSv1.3": "TLSv1.3" } as const;

function versions(parameters: ReadonlyMap<string, string>): ConnectionOptions {
  const of = (name: string) => protocols[parameters.get(name) as keyof typeof protocols];
  return { minVersion: of("ssl_min_protocol_version"), maxVersion: of("ssl_max_protocol_version") };
}
