/** Requests that a browser makes for a page of another site, with what the user signed in by. */
import type { Config } from "../config.ts";
import { MlflowError } from "../errors.ts";
import { originMatches } from "./hosts.ts";
import type { Request } from "./request.ts";

const changing = new Set(["POST", "PUT", "DELETE", "PATCH"]);

/** Content types that a page may send anywhere without being asked for leave, forms among them. */
const simple = /^\s*(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\s*(;|$)/i;

/**
 * Refuses to change anything for another site's page: for requests that are signed in by what a browser adds by
 * itself, a password or a cookie. Other clients send neither `Origin` nor `Sec-Fetch-Site`.
 * @throws MlflowError PERMISSION_DENIED
 */
export function refuseCrossSite(request: Request, settings: Config): void {
  if (!changing.has(request.method) || settings.MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE) return;
  const origin = request.header("origin");
  const site = request.header("sec-fetch-site");
  if (site === undefined && origin === undefined) {
    // Only a POST goes anywhere unasked; MLflow's clients PUT text files as text/plain.
    if (request.method === "POST" && simple.test(request.header("content-type") ?? ""))
      throw refused("a form or plain text");
    return;
  }
  const isSame = site === undefined ? isOwn(origin!, request) : site === "same-origin";
  if (!isSame && !(origin && isNamedOrigin(origin, settings))) throw refused("a page of another site");
}

const isOwn = (origin: string, request: Request) =>
  URL.canParse(origin) && new URL(origin).host === (request.header("host") ?? request.url.host).toLowerCase();

/** `*` admits all pages to what needs no sign-in, and no page to this. */
const isNamedOrigin = (origin: string, settings: Config) =>
  originMatches(
    origin,
    (settings.MLFLOW_SERVER_CORS_ALLOWED_ORIGINS ?? []).filter((pattern) => pattern !== "*"),
  );

const refused = (what: string) =>
  new MlflowError("PERMISSION_DENIED", `Cross-origin request blocked: ${what} changes nothing here.`);
