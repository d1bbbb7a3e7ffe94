/** What of a recorded answer a host has to give, and where it need not. */
import type { Answer, Recorded } from "./recording.ts";

/** Where the embedded host need not answer as the real one did, and why. */
export const exceptions: { why: string; of(recorded: Recorded): boolean }[] = [
  {
    why: "the home page of the real host, which AzureWebJobsDisableHomepage turns off",
    of: ({ request: { method, path } }) => path === "/" && ["TRACE", "PROPFIND", "FOO", "CONNECT"].includes(method),
  },
  {
    why: "Node refuses a method in small letters; no client sends one",
    of: ({ request: { method } }) => method === "get",
  },
  {
    why: "Node refuses a Content-Length beside a Transfer-Encoding, as RFC 9112 recommends",
    of: ({ request: { headers } }) => "content-length" in headers && "transfer-encoding" in headers,
  },
];

// The recording does not tell whether the host or the recorder took these away; the front end of Azure sets them anew.
const untold = /^(host|connection|x-forwarded-|x-original-|x-ms-)/;
/** Headers that name the server and the moment. */
const own = ["server", "date", "connection", "keep-alive"];

/** The answer of a host in the form of `expected`. */
export function comparable({ status, headers, body }: Answer) {
  const echoed = body.toString().startsWith('{"fn":') ? JSON.parse(body.toString()) : undefined;
  return {
    status,
    headers: told(headers),
    ...(echoed
      ? { seen: { ...echoed, host: undefined, headers: toldOf(echoed.headers) } }
      : { body: body.toString("hex") }),
  };
}

export function expected({ answer: { status, headers, seen, body } }: Recorded) {
  return {
    status,
    headers: told(headers),
    ...(seen ? { seen } : { body: typeof body === "function" ? body().toString("hex") : "" }),
  };
}

const told = (headers: [string, string][]) =>
  headers
    .filter(([name, value]) => !own.includes(name) || value === "mine")
    .map(([name, value]) => `${name}: ${value}`)
    .sort();

const toldOf = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !untold.test(name)));
