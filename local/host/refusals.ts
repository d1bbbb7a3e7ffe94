/** What never reaches a function: refusals of the real host's server (Kestrel), and the host's own paths. */
import http from "node:http";
import type { Duplex } from "node:stream";
import { hostAnswer } from "./answer.ts";
import type { RpcHttp } from "./functions-core.ts";
import { hostStatus } from "./target.ts";

// Kestrel's limits in bytes: the request line with its line end, and all headers.
const requestLineLimit = 8192;
const headersLimit = 32_768;

/** What Node's parser takes before it gives up by itself. */
export const parserLimit = requestLineLimit + headersLimit;

/** The status of a request that the server refuses before it looks at the path; undefined where it does not. */
export function refusedStatus({ method = "", url = "", httpVersion, rawHeaders }: http.IncomingMessage) {
  if (method.length + url.length + " ".length + " HTTP/1.1\r\n".length > requestLineLimit) return 414;
  let bytes = 0;
  const hosts: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    bytes += name.length + rawHeaders[index + 1]!.length + ": \r\n".length;
    if (name.length === 4 && name.toLowerCase() === "host") hosts.push(rawHeaders[index + 1]!);
  }
  if (bytes > headersLimit) return 431;
  if (hosts.length > 1 || (hosts.length === 0 && httpVersion !== "1.0")) return 400;
  const status = hostStatus(hosts[0] ?? "");
  return status === 200 ? undefined : status;
}

/** The answer to a path that the host keeps for itself; undefined where it is the app's. */
export function hostPath(path: string): RpcHttp | undefined {
  if (/^\/admin\/host\/ping\/?$/i.test(path))
    return hostAnswer(200, { "cache-control": "no-store,no-cache", pragma: "no-cache" });
  if (/^\/(admin|runtime\/webhooks)\/./i.test(path)) return hostAnswer(401, { "www-authenticate": "Bearer" });
}

/** Answers what Node's parser could not take as the real host answers it. */
export function refuseUnparsed(server: http.Server): void {
  // A method that no function can have.
  server.on("connect", (_request, socket) => endWith(socket, 404));
  server.on("clientError", (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) socket.destroy();
    else endWith(socket, unparsedStatus(error));
  });
}

function unparsedStatus({ code, rawPacket }: NodeJS.ErrnoException & { rawPacket?: Buffer }): number {
  const start = rawPacket?.toString("latin1", 0, requestLineLimit) ?? "";
  // Node knows no such method; nor does any function.
  if (code === "HPE_INVALID_METHOD") return /^[A-Za-z]+ \S+ HTTP\/1\.[01]\r\n/.test(start) ? 404 : 400;
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return 408;
  if (code !== "HPE_HEADER_OVERFLOW") return 400;
  return /^[A-Z]+ [^\n]+$/.test(start) ? 414 : 431;
}

const endWith = (socket: Duplex, status: number) =>
  socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
