import type { Request } from "../platform/http/request.ts";
import { isTokenLike } from "../tokens/rules.ts";
import { isUserName } from "../users/rules.ts";

/** What someone signs in by. */
export interface Presented {
  /** Of the header. */
  name: string;
  /** Its value. */
  header: string;
  /** Under which it is remembered. */
  key: string;
  /** Where they ask from. */
  address: string;
}

/** A name and a password; undefined for what is not base64 of UTF-8 with a colon in it. */
export function decoded(encoded: string): { name: string; password: string } | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, "base64");
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const colon = text.indexOf(":");
    return colon < 0 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
  } catch {
    return undefined;
  }
}

/** The name that a request brings with a password. */
function basicName(request: Request): string | undefined {
  const [, encoded] = /^basic +(\S+) *$/i.exec(request.header("authorization") ?? "") ?? [];
  return encoded === undefined ? undefined : decoded(encoded)?.name;
}

/** The page's Logout asks with a name that nobody has, to make the browser forget the right one. */
export const isLogout = (request: Request): boolean => basicName(request)?.startsWith("mlflow-logged-out-") === true;

/** Whether a text looks like a token of Entra. */
export const looksLikeToken = (text: string): boolean => /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(text);

/**
 * The name by which a request tries to sign in: `-` where it brings none, or one that nobody can have or that is a
 * token in the wrong place; undefined where it is the page's Logout.
 */
export function triedName(request: Request): string | undefined {
  if (isLogout(request)) return undefined;
  const name = basicName(request);
  return name === undefined || !isUserName(name) || isTokenLike(name) || looksLikeToken(name) ? "-" : name;
}
