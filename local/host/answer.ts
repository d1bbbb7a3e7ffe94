import type http from "node:http";
import { cookieHeader } from "./cookies.ts";
import type { RpcHttp } from "./functions-core.ts";

export const hostAnswer = (status: number, headers: Record<string, string> = {}): RpcHttp => ({
  statusCode: String(status),
  headers,
  cookies: [],
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant.
const ascii = /^[\x00-\x7f]*$/;

/** Of a body that is copied into the text of its headers. */
const fewBytes = 4096;

/**
 * Sends what a function answered, as the real host does: chunked where it has no Content-Length of its own, and an
 * empty 500 where the Content-Length is not the body's, or a header is not ASCII.
 * @returns how many bytes of body were sent
 */
export function send(request: http.IncomingMessage, response: http.ServerResponse, answer: RpcHttp): number {
  const status = Number(answer.statusCode);
  const head = request.method === "HEAD";
  const bodiless = status === 204 || status === 205 || status === 304;
  const sent = bodiless ? "" : (answer.body?.bytes ?? answer.body?.string ?? "");
  const length = Buffer.byteLength(sent);
  const headers: http.OutgoingHttpHeaders = {};
  for (const name in answer.headers) {
    const value = answer.headers[name]!;
    if (!ascii.test(value)) return sendEmpty(response, 500, headers, head);
    headers[name] = value;
  }
  const declared = headers["content-length"];
  if (declared !== undefined && !head && !bodiless && Number(declared) !== length)
    return sendEmpty(response, 500, {}, head);
  addCookies(headers, answer);
  if (bodiless) delete headers["content-length"];
  if (length === 0) return sendEmpty(response, status, headers, head || status === 204 || status === 304);
  if (head) {
    response.writeHead(status, headers).end();
    return 0;
  }
  if (declared === undefined && request.httpVersion !== "1.0") headers["transfer-encoding"] = "chunked";
  response.writeHead(status, headers);
  // Node sends a text in one write with the headers, and bytes in another buffer of a vector.
  if (length > fewBytes || typeof sent === "string") response.end(sent);
  else response.end(Buffer.from(sent.buffer, sent.byteOffset, length).toString("latin1"), "latin1");
  return length;
}

function sendEmpty(
  response: http.ServerResponse,
  status: number,
  headers: http.OutgoingHttpHeaders,
  unsized: boolean,
): number {
  if (!unsized) headers["content-length"] = 0;
  response.writeHead(status, headers).end();
  return 0;
}

/** Of several set-cookie headers only the last got this far; `cookies` is how an app sets more than one. */
function addCookies(headers: http.OutgoingHttpHeaders, { cookies }: RpcHttp): void {
  if (cookies.length === 0) return;
  const first = headers["set-cookie"] === undefined ? [] : [String(headers["set-cookie"])];
  headers["set-cookie"] = first.concat(cookies.map(cookieHeader));
}
