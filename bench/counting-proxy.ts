import http from "node:http";
import type { AddressInfo } from "node:net";

/** How Azure bills a request to storage; deletions cost nothing. */
export type Kind = "write" | "read" | "other" | "table";
export type Counts = Partial<Record<Kind, number>>;

export interface CountingProxy {
  port: number;
  counts: Counts;
  stop(): void;
}

/** Hands requests on to a port of Azurite, and counts them as Azure bills them. */
export async function countingProxy(service: "blob" | "table", target: number): Promise<CountingProxy> {
  const counts: Counts = {};
  const server = http.createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    const kind = service === "table" ? "table" : blobKind(method, url);
    if (kind) counts[kind] = (counts[kind] ?? 0) + 1;
    const onward = http.request({ host: "127.0.0.1", port: target, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { port: (server.address() as AddressInfo).port, counts, stop: () => void server.close() };
}

/** Listings cost what writes cost. */
function blobKind(method: string, url: string): Kind | undefined {
  if (method === "PUT" || /[?&]comp=list(&|$)/.test(url)) return "write";
  if (method === "GET") return "read";
  return method === "DELETE" || method === "OPTIONS" ? undefined : "other";
}
