import type { RpcCookie } from "./functions-core.ts";

const sameSite = { none: "", lax: "; samesite=lax", strict: "; samesite=strict", explicitNone: "; samesite=none" };

/**
 * A `set-cookie` header as ASP.NET, which the real host is built on, writes it: the path is `/` unless said otherwise.
 */
export function cookieHeader(cookie: RpcCookie): string {
  const { name, value, expires, maxAge, domain, path } = cookie;
  return [
    `${name}=${encodeURIComponent(value)}`,
    expires && `expires=${new Date(expires.value.seconds * 1000).toUTCString()}`,
    maxAge && `max-age=${Math.trunc(maxAge.value)}`,
    domain && `domain=${domain.value}`,
    `path=${path?.value ?? "/"}`,
    cookie.secure?.value && "secure",
  ]
    .filter(Boolean)
    .join("; ")
    .concat(sameSite[cookie.sameSite], cookie.httpOnly?.value ? "; httponly" : "");
}
