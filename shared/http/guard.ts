/**
 * Who may talk to the app at all: stock's Host and Origin checks (mlflow/server/security_utils.py), and the refusal to
 * serve the open world without sign-in.
 */
import type { Config } from "../config.ts";
import { MlflowError } from "./errors.ts";
import { plainText, Reply } from "./reply.ts";
import type { Request } from "./request.ts";

const loopback = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/;
const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const privateIpv4 = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/;
const privateIpv6 = /^\[?f[cd]00:[0-9a-f:]*\]?$/i;
const changing = new Set(["POST", "PUT", "DELETE", "PATCH"]);

/** An answer where the request must not go on; undefined where it may. */
export function guard(request: Request, settings: Config): Reply | undefined {
  const { pathname } = request.url;
  if (pathname === "/health") return undefined;
  refuseOpenWorld(settings);
  if (settings.MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE) return undefined;
  if (pathname !== "/version" && !hostAllowed(hostOf(request), settings))
    return plainText("Invalid Host header - possible DNS rebinding attack detected", 403);
  if (!isApi(pathname)) return undefined;
  const origin = request.header("origin");
  if (origin && changing.has(request.method) && !originAllowed(origin, settings))
    return plainText("Cross-origin request blocked", 403);
  return request.method === "OPTIONS" ? new Reply(204) : undefined;
}

const isApi = (path: string) => path.startsWith("/api/") || path.startsWith("/ajax-api/");

const hostOf = (request: Request) => request.header("host") ?? request.url.host;

function refuseOpenWorld(settings: Config): void {
  if (settings.MLFLOW_FUNCTIONS_AUTH === "none") return;
  // Only what started the host knows where it listens: a Host header is the caller's to choose, and Core Tools listen everywhere.
  if (!settings.WEBSITE_INSTANCE_ID && loopback.test(settings.MLFLOW_FUNCTIONS_HOST ?? "")) return;
  throw new MlflowError(
    "PERMISSION_DENIED",
    "This server can be reached from other machines and has no sign-in configured, so it serves only /health. " +
      "Set MLFLOW_FUNCTIONS_AUTH=none to serve everyone who can reach it.",
  );
}

const hostName = (host: string) => host.replace(/:\d+$/, "").toLowerCase();

function hostAllowed(host: string, settings: Config): boolean {
  const allowed = settings.MLFLOW_SERVER_ALLOWED_HOSTS;
  if (allowed) return allowed.some((pattern) => pattern === "*" || glob(pattern).test(host));
  const name = hostName(host);
  return (
    loopback.test(name) ||
    name === "0.0.0.0" ||
    (ipv4.test(name) && privateIpv4.test(name)) ||
    privateIpv6.test(name) ||
    name === settings.WEBSITE_HOSTNAME?.toLowerCase()
  );
}

function originAllowed(origin: string, settings: Config): boolean {
  if (URL.canParse(origin) && loopback.test(new URL(origin).hostname)) return true;
  const allowed = settings.MLFLOW_SERVER_CORS_ALLOWED_ORIGINS ?? [];
  return allowed.some((pattern) => pattern === "*" || glob(pattern).test(origin));
}

function glob(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${escaped}$`);
}

/** Headers every answer carries, and those of CORS where the request comes from an allowed origin. */
export function securityHeaders(request: Request, settings: Config): Record<string, string> {
  if (settings.MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE) return {};
  const frame = framed(request) ? "NONE" : settings.MLFLOW_SERVER_X_FRAME_OPTIONS.toUpperCase();
  return {
    "x-content-type-options": "nosniff",
    ...(frame !== "NONE" && { "x-frame-options": frame }),
    vary: "Origin",
    ...corsHeaders(request, settings),
  };
}

/** What notebooks show in a frame of theirs. */
const framed = ({ url }: Request) => url.pathname.startsWith("/static-files/lib/notebook-trace-renderer");

function corsHeaders(request: Request, settings: Config): Record<string, string> {
  const origin = request.header("origin");
  if (!origin || !originAllowed(origin, settings)) return {};
  const anyone = settings.MLFLOW_SERVER_CORS_ALLOWED_ORIGINS?.includes("*");
  return {
    "access-control-allow-origin": anyone ? "*" : origin,
    "access-control-expose-headers": "*",
    // Credentials with a wildcard origin are against the CORS specification.
    ...(!anyone && { "access-control-allow-credentials": "true" }),
    ...(request.method === "OPTIONS" && {
      "access-control-allow-methods": "DELETE, GET, OPTIONS, PATCH, POST, PUT",
      "access-control-allow-headers": request.header("access-control-request-headers") ?? "*",
      "access-control-max-age": "600",
    }),
  };
}
