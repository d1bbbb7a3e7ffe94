/** Patterns of hosts and origins in MLFLOW_SERVER_ALLOWED_HOSTS and MLFLOW_SERVER_CORS_ALLOWED_ORIGINS. */
import { isIPv4, isIPv6 } from "node:net";
import { remembered } from "../recently-used.ts";

const loopback = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/;
const privateIpv4 = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/;
const privateIpv6 = /^\[f[cd]00:/i;

export const isLoopback = (name: string): boolean => loopback.test(name);

/** A loopback or private address, or `localhost`: what stock serves by default. `host` may carry a port. */
export const isLocal = remembered((host): boolean => {
  const name = hostName(host);
  if (loopback.test(name) || name === "0.0.0.0") return true;
  return (isIPv4(name) && privateIpv4.test(name)) || (isIPv6Literal(name) && privateIpv6.test(name));
});

/** A Host header's name in lower case, without its port. */
export const hostName = (host: string): string => host.replace(/:\d+$/, "").toLowerCase();

const isIPv6Literal = (name: string) => name.startsWith("[") && name.endsWith("]") && isIPv6(name.slice(1, -1));

/** Whether a Host header is a name or an address, with or without a port: nothing else may become part of a URL. */
export const isHost = remembered((host): boolean => {
  if (host.length > 300) return false;
  const [, name, port = "0"] = /^(\[[^\]]*\]|[\w.~-]+)(?::(\d{1,5}))?$/.exec(host) ?? [];
  return name !== undefined && Number(port) <= 65_535 && (!name.startsWith("[") || isIPv6Literal(name));
});

/** Whether one of the patterns means this Host header (mlflow/server/security_utils.py, is_allowed_host_header). */
export const hostMatches = (host: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => matches(host, pattern, pattern, host));

/** The same for an Origin header (should_block_cors_request). */
export const originMatches = (origin: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => matches(origin, pattern, afterScheme(pattern), afterScheme(origin)));

const afterScheme = (origin: string) => origin.replace(/^[^/]*:\/\//, "");

/**
 * Without `*` a pattern means itself alone, with one it is `fnmatch`'s. What is made of numbers and dots means
 * addresses: stock has this rule for the hosts of the form `10.*`, which else would admit the name `10.example.com`.
 */
function matches(text: string, pattern: string, hostPattern: string, host: string): boolean {
  if (pattern === "*") return true;
  if (text.length > 300) return false;
  if (!pattern.includes("*")) return text === pattern;
  if (!fnmatch(text, pattern)) return false;
  return !/^[\d.*?[\]!-]*\d\.[\d.*?[\]!-]*(:[\d*]+)?$/.test(hostPattern) || isIPv4(hostName(host));
}

/** Python's `fnmatch`: `*`, `?`, `[abc]` and `[!abc]`. A range from high to low means nothing. */
function fnmatch(text: string, pattern: string): boolean {
  const token = /\[(!?)(\]?[^\]]*)\]|[\s\S]/g;
  const source = pattern.replace(token, (found, not: string | undefined, set: string | undefined) => {
    if (set) return `[${not ? "^" : ""}${set.replace(/[\\\]^[]/g, "\\$&")}]`;
    if (found === "*") return "[\\s\\S]*";
    return found === "?" ? "[\\s\\S]" : found.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
  });
  try {
    return new RegExp(`^${source}$`).test(text);
  } catch {
    return false;
  }
}
