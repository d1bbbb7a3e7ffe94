import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";

interface ConnectProxy {
  url: string;
  /** What was asked for, as `host:port`. */
  asked: string[];
  close(): Promise<void>;
}

/** A proxy for https that leads hosts to ports of this machine, and refuses others. */
export async function aConnectProxy(ports: Record<string, number>): Promise<ConnectProxy> {
  const asked: string[] = [];
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on("connect", (request, client) => {
    client.on("error", () => {});
    asked.push(request.url!);
    const port = ports[request.url!];
    if (port === undefined) return void client.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    const target = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      target.pipe(client).pipe(target);
    });
    target.on("error", () => client.destroy());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
