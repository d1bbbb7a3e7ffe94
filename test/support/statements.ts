import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface StatementLog {
  /** The URI it was made for, led through this log. */
  uri: string;
  /** The statements that `work` has sent, in the order in which they came. */
  during(work: () => Promise<unknown>): Promise<string[]>;
  close(): void;
}

/** Stands between the app and its database, and notes each statement that the app sends for a request. */
export async function aStatementLog(uri: string): Promise<StatementLog> {
  const target = new URL(uri);
  const sockets = new Set<Socket>();
  let sent: string[] = [];
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream])
      sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
    const note = statementsIn((statement) => sent.push(statement));
    client.on("data", note);
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const through = new URL(uri);
  through.port = String((server.address() as AddressInfo).port);
  return {
    uri: through.href,
    during: async (work) => {
      sent = [];
      await work();
      return sent;
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Reads what a client of PostgreSQL sends: simple queries, and executions of statements, which may have names. */
function statementsIn(note: (statement: string) => void): (chunk: Buffer) => void {
  const prepared = new Map<string, string>();
  let bound = "";
  let rest: Buffer = Buffer.alloc(0);
  let isStarted = false;
  // A connection that is new asks the server about itself.
  const noteUnlessOwn = (statement: string) => !statement.includes(" AS limited, ") && note(statement);
  const take = (type: string, body: Buffer) => {
    if (type === "Q") noteUnlessOwn(text(body, 0));
    if (type === "P") prepared.set(text(body, 0), text(body, text(body, 0).length + 1));
    if (type === "B") bound = text(body, text(body, 0).length + 1);
    if (type === "E") noteUnlessOwn(prepared.get(bound) ?? `the unknown statement ${bound}`);
  };
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    // The first message has no type.
    for (let at = isStarted ? 1 : 0; rest.length >= at + 4; at = 1) {
      const end = at + rest.readUInt32BE(at);
      if (rest.length < end) return;
      if (isStarted) take(String.fromCharCode(rest[0]!), rest.subarray(at + 4, end));
      isStarted = true;
      rest = rest.subarray(end);
    }
  };
}

/** The text at an offset, which a zero ends. */
const text = (body: Buffer, from: number) => body.toString("latin1", from, body.indexOf(0, from));
