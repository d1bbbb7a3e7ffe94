/** The ways to reach a database, in libpq's order: each host, with and without TLS as its `sslmode` says. */
import type { ConnectionUri, Host } from "./connection-uri.ts";
import { UnreadableUri } from "./connection-uri.ts";
import { type Tls, tlsOf } from "./tls.ts";

export interface Target {
  host: string | undefined;
  port: number | undefined;
  tls: Tls;
  /** What the server has to be besides reachable. */
  wanted: Wanted;
  /** When it failed last, by Date.now(). */
  failedAt: number;
}

export type Wanted = "any" | "read-write" | "read-only" | "primary" | "standby";

/**
 * @param preset the sslmode where the URI and `PGSSLMODE` give none
 * @throws UnreadableUri
 */
export function targetsOf(uri: ConnectionUri, preset: string): Target[] {
  const { parameters } = uri;
  // libpq accepts JDBC's spelling too.
  const stated = parameters.get("ssl") === "true" ? "require" : parameters.get("sslmode");
  const sslMode = stated ?? (process.env.PGSSLMODE || preset);
  const spread = parameters.get("load_balance_hosts") === "random";
  const hosts = spread ? uri.hosts.toSorted(() => Math.random() - 0.5) : uri.hosts;
  return attributes(parameters.get("target_session_attrs") ?? "any").flatMap((wanted) =>
    hosts.flatMap((host) =>
      tlsFor(host, sslMode, parameters).map((tls) => ({
        host: host.address ?? host.name,
        port: host.port,
        tls,
        wanted,
        failedAt: Number.NEGATIVE_INFINITY,
      })),
    ),
  );
}

/** There is no TLS on sockets. */
const tlsFor = ({ name }: Host, sslMode: string, parameters: ConnectionUri["parameters"]): Tls[] =>
  name?.startsWith("/") ? [undefined] : tlsOf(sslMode, parameters, name);

function attributes(text: string): Wanted[] {
  if (text === "prefer-standby") return ["standby", "any"];
  const one = (["any", "read-write", "read-only", "primary", "standby"] as const).find((each) => each === text);
  if (one) return [one];
  throw new UnreadableUri(
    "has target_session_attrs that are none of any, read-write, read-only, primary, standby and prefer-standby",
  );
}

// A host that is away costs a try twice a minute, not with each connection.
const restMilliseconds = 30_000;

/** The first target that did not fail lately; where all did, the one that failed longest ago. */
export function choose(targets: readonly Target[], now = Date.now()): Target {
  const rested = targets.find(({ failedAt }) => now - failedAt >= restMilliseconds);
  return rested ?? targets.reduce((oldest, target) => (target.failedAt < oldest.failedAt ? target : oldest));
}

/** The server is another than `target_session_attrs` asks for. */
export class OtherServer extends Error {}

const noHost = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|ENOENT|EACCES|EAI_)/;
const startingUp = "57P03";
// pg_hba.conf has no entry for this host with, or without, TLS.
const notAdmitted = "28000";

/** A SQLSTATE of the server's, or what Node calls a failure of the network. */
const codeOf = (error: Error): string => ("code" in error ? String(error.code) : "");

/**
 * Notes that a target failed. Whether another may do better: not where the server itself refuses the user or the
 * database.
 */
export function noteFailure(targets: readonly Target[], failed: Target, error: Error): boolean {
  const code = codeOf(error);
  const away =
    error instanceof OtherServer ||
    noHost.test(code) ||
    code === startingUp ||
    /timeout|terminated/i.test(error.message);
  const ofServer = /^[0-9A-Z]{5}$/.test(code) && !noHost.test(code);
  if (ofServer && !away && code !== notAdmitted) return false;
  const also = (each: Target) =>
    away && each.host === failed.host && each.port === failed.port && each.wanted === failed.wanted;
  for (const target of targets) if (target === failed || also(target)) target.failedAt = Date.now();
  return true;
}
