/**
 * A prepared statement on a connection that has run it before: it is bound and executed, in one write. `pg` would also
 * ask for its columns each time, which PostgreSQL does not let change, and copies what it is given several times.
 */
import type pg from "pg";
import { areSent, asSent, type Sent } from "./sent.ts";

/** A query with a time limit in milliseconds: `pg` takes it, its types do not have it. */
export interface LimitedQuery extends pg.QueryConfig {
  query_timeout: number;
}

export interface Ran<Row extends object> {
  rows: Row[];
  command?: string;
}

/** The statements that a connection has prepared, by name; with their columns where they were run. */
export type Prepared = Map<string, Columns | undefined>;

/**
 * Runs a statement on a connection.
 * @throws the server's error; Error where it takes longer than it may, after which the connection is not usable
 */
export async function runBy<Row extends object>(
  client: pg.ClientBase,
  prepared: Prepared,
  { name, text, values: given = [], query_timeout }: LimitedQuery,
): Promise<Ran<Row>> {
  const values = given.map(asSent);
  const columns = name && prepared.get(name);
  if (name && columns && areSent(values)) {
    try {
      return await repeat<Row>(client, bindMessage(name, values), columns, query_timeout);
    } catch (error) {
      // That of the socket's reader says nothing.
      if (error instanceof Error) Error.captureStackTrace(error);
      throw error;
    }
  }
  if (name) prepared.set(name, undefined);
  const query: LimitedQuery = { name, text, values, query_timeout };
  const result = await client.query<Row>(query);
  if (name) prepared.set(name, columnsOf(client, result));
  return result;
}

/** Of a statement, as a connection has them. */
type Columns = readonly { name: string; read: (text: string) => unknown }[];

/** The columns of what `pg` has run by name. */
const columnsOf = (client: pg.ClientBase, { fields }: pg.QueryResult): Columns =>
  fields.map(({ name, dataTypeID }) => ({ name, read: client.getTypeParser(dataTypeID, "text") }));

// Execute without a limit of rows, then Sync.
const executed = Buffer.from("E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04", "latin1");

/** What `pg` calls with the messages that answer it. */
class Repeated<Row extends object> implements pg.Submittable {
  readonly rows: Row[] = [];
  /** `pg` has the timer. */
  readonly query_timeout: number;
  private readonly message: Buffer;
  private readonly columns: Columns;
  private failure: unknown;
  callback: (error?: unknown) => void = () => {};

  constructor(message: Buffer, columns: Columns, milliseconds: number) {
    this.message = message;
    this.columns = columns;
    this.query_timeout = milliseconds;
  }

  submit({ stream }: pg.Connection): null {
    // A connection that has ended tells all its queries.
    if (stream.writable) stream.write(this.message);
    return null;
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    const row: Record<string, unknown> = {};
    try {
      for (const [index, { name, read }] of this.columns.entries()) {
        const text = fields[index]!;
        row[name] = text === null ? null : read(text);
      }
      this.rows.push(row as Row);
    } catch (error) {
      this.failure ??= error;
    }
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.callback(this.failure);
  }

  handleError(error: unknown): void {
    this.callback(error);
  }
}

function repeat<Row extends object>(
  client: pg.ClientBase,
  message: Buffer,
  columns: Columns,
  milliseconds: number,
): Promise<Ran<Row>> {
  const query = new Repeated<Row>(message, columns, milliseconds);
  return new Promise((resolve, reject) => {
    query.callback = (error) => (error ? reject(error) : resolve(query));
    client.query(query);
  });
}

/** Bind of the unnamed portal, all columns as texts, with what follows it. */
function bindMessage(name: string, values: readonly Sent[]): Buffer {
  const lengths = values.map(lengthOf);
  const size = lengths.reduce((sum, length) => sum + 4 + Math.max(0, length), 0);
  // Its letter and length; two names, each with a zero at its end; formats of values, values and formats of columns.
  const bound = 5 + 1 + name.length + 1 + 2 + 2 * values.length + 2 + size + 2;
  const message = Buffer.allocUnsafe(bound + executed.length);
  message[0] = 0x42; // B
  message.writeInt32BE(bound - 1, 1);
  message[5] = 0;
  let at = 6 + message.write(name, 6, "latin1");
  message[at++] = 0;
  at = message.writeUInt16BE(values.length, at);
  for (const value of values) at = message.writeInt16BE(value instanceof Buffer ? 1 : 0, at);
  at = message.writeUInt16BE(values.length, at);
  for (const [index, value] of values.entries()) {
    at = message.writeInt32BE(lengths[index]!, at);
    if (typeof value === "string") at += message.write(value, at, "utf8");
    else if (value !== null) at += value.copy(message, at);
  }
  executed.copy(message, message.writeInt16BE(0, at));
  return message;
}

function lengthOf(value: Sent): number {
  if (value === null) return -1;
  return typeof value === "string" ? Buffer.byteLength(value) : value.length;
}
