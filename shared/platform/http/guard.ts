/**
 * Which requests are let in: stock's Host and Origin checks (mlflow/server/security_utils.py), and the refusal to serve
 * other machines without sign-in.
 */
import type { Config } from "../config.ts";
import { MlflowError } from "../errors.ts";
import { hostMatches, hostName, isHost, isLocal, isLoopback, originMatches } from "./hosts.ts";
import { listensOnLoopback } from "./listening.ts";
import { plainText, Reply } from "./reply.ts";
import type { Request } from "./request.ts";

const changing = new Set(["POST", "PUT", "DELETE", "PATCH"]);

/** An answer where the request must not go on; undefined where it may. */
export function guard(request: Request, settings: Config): Reply | undefined {
  const { pathname } = request.url;
  if (!isHost(hostOf(request))) return plainText("Invalid Host header", 400);
  if (pathname === "/health" && !asksDeep(request)) return undefined;
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

/** Whether a request for the app's health is for all that it needs, which is not for everyone. */
export const asksDeep = ({ url }: Request): boolean => url.query.some(([name]) => name === "deep");

const isApi = (path: string) => path.startsWith("/api/") || path.startsWith("/ajax-api/");

const hostOf = (request: Request) => request.header("host") ?? request.url.host;

function refuseOpenWorld(settings: Config): void {
  if (settings.MLFLOW_FUNCTIONS_AUTH) return;
  if (onLoopback(settings)) return;
  throw new MlflowError(
    "PERMISSION_DENIED",
    "This server can be reached from other machines and has no sign-in configured, so it serves only /health. " +
      "Set MLFLOW_FUNCTIONS_AUTH to how people sign in (basic, entra, easyauth), or MLFLOW_FUNCTIONS_AUTH=none to serve " +
      "everyone who can reach it.",
    { forOperator: true },
  );
}

const onLoopback = (settings: Config) => !settings.WEBSITE_INSTANCE_ID && listensOnLoopback();

function hostAllowed(host: string, settings: Config): boolean {
  const allowed = settings.MLFLOW_SERVER_ALLOWED_HOSTS;
  if (allowed) return hostMatches(host, allowed);
  return isLocal(host) || hostName(host) === settings.WEBSITE_HOSTNAME?.toLowerCase();
}

// It is answered as a header, which must be ASCII.
const originAllowed = (origin: string, settings: Config) =>
  /^[!-~]+$/.test(origin) && (isLoopbackOrigin(origin) || isAllowedOrigin(origin, settings));

const isLoopbackOrigin = (origin: string) => URL.canParse(origin) && isLoopback(new URL(origin).hostname);

const isAllowedOrigin = (origin: string, settings: Config) =>
  originMatches(origin, settings.MLFLOW_SERVER_CORS_ALLOWED_ORIGINS ?? []);

/** Headers every answer carries, and those of CORS where the request comes from an allowed origin. */
export function securityHeaders(request: Request, settings: Config): Record<string, string> {
  if (settings.MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE) return {};
  const frame = framed(request) ? "NONE" : settings.MLFLOW_SERVER_X_FRAME_OPTIONS.toUpperCase();
  // Every answer has these: assigned, since V8 takes microseconds to spread such names.
  const headers: Record<string, string> = { "x-content-type-options": "nosniff", vary: "Origin" };
  if (frame !== "NONE") headers["x-frame-options"] = frame;
  const origin = request.header("origin");
  return origin && originAllowed(origin, settings)
    ? { ...headers, ...corsHeaders(origin, request, settings) }
    : headers;
}

/** Files that notebooks show in a frame. */
const framed = ({ url }: Request) => url.pathname.startsWith("/static-files/lib/notebook-trace-renderer");

function corsHeaders(origin: string, request: Request, settings: Config): Record<string, string> {
  const anyone = settings.MLFLOW_SERVER_CORS_ALLOWED_ORIGINS?.includes("*");
  return {
    "access-control-allow-origin": anyone ? "*" : origin,
    "access-control-expose-headers": "*",
    // The CORS specification forbids credentials with a wildcard origin. Pages on the user's machine are trusted only
    // where this server runs on that machine too.
    ...(!anyone &&
      (isAllowedOrigin(origin, settings) || onLoopback(settings)) && { "access-control-allow-credentials": "true" }),
    ...(request.method === "OPTIONS" && {
      "access-control-allow-methods": "DELETE, GET, OPTIONS, PATCH, POST, PUT",
      "access-control-allow-headers": requestedHeaders(request),
      "access-control-max-age": "600",
    }),
  };
}

function requestedHeaders(request: Request): string {
  const requested = request.header("access-control-request-headers") ?? "*";
  return /^[ -~]+$/.test(requested) ? requested : "*";
}
