import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface TcpProxy {
  /** The URI it was made for, led through this proxy. */
  uri: string;
  /** Cuts every connection and takes no new one. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** Hands nothing on any more over the connections there are, which stay open. New ones work. */
  silence(): void;
}

/** Stands between the app and its database, so that a test can take the database away. */
export async function aProxy(uri: string): Promise<TcpProxy> {
  const target = new URL(uri);
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    track(client);
    track(upstream);
    client.pipe(upstream).pipe(client);
  });
  const listen = (port: number) => new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const through = new URL(uri);
  through.port = String(port);
  return {
    uri: through.href,
    cut: async () => {
      const closed = new Promise((done) => server.close(done));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    mend: () => listen(port),
    silence: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}
