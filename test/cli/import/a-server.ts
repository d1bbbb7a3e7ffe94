/** A tracking server that a test makes up. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Members of an answer, or the status of a refusal. */
export type Answer = (path: string, body: Record<string, unknown>) => unknown;

export async function aServer(answer: Answer): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { pathname, searchParams } = new URL(request.url!, "http://host");
    const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : Object.fromEntries(searchParams);
    const found = answer(pathname, body);
    response.writeHead(typeof found === "number" ? found : 200, { "content-type": "application/json" });
    response.end(typeof found === "number" ? '{"message": "out of order"}' : JSON.stringify(found));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
