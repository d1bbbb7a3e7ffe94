/** Rows as PostgreSQL's COPY reads them, and their way into a table. */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ClientBase } from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { Lines, Rows } from "./source.ts";
import { columnsOf, type Row, type Value } from "./tables.ts";

/** Characters of one piece that is handed to the connection. */
const pieceLength = 64 * 1024;

const special = /[\\\b\f\n\r\t\v\0]/;
const escapes: Record<string, string> = {
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  // No text of PostgreSQL's holds it.
  "\0": "\uFFFD",
};

function fieldText(value: Value): string {
  if (typeof value === "string")
    return special.test(value) ? value.replace(/[\\\b\f\n\r\t\v\0]/g, (found) => escapes[found]!) : value;
  if (value === null || value === undefined) return "\\N";
  if (value instanceof Uint8Array) return fieldText(Buffer.from(value).toString("utf8"));
  // String(-0) is "0".
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Whether a text stands in a line as it is. */
export const isPlain = (text: string) => !special.test(text);

/** A line of COPY's text format. */
export function lineOf(columns: readonly string[], row: Row): string {
  let line = fieldText(row[columns[0]!]);
  for (let index = 1; index < columns.length; index++) line += `\t${fieldText(row[columns[index]!])}`;
  return `${line}\n`;
}

/** Answers how many rows were copied into a table, which has the columns of `given.table`. */
export async function copyRows(client: ClientBase, into: string, given: Rows): Promise<number> {
  let count = 0;
  const { table, rows, lines } = given;
  const columns = columnsOf(table);
  const pieces = lines ? counted(lines) : Symbol.iterator in rows ? textsOf(rows) : textsOfLater(rows);
  const names = columns.map((name) => `"${name}"`).join(", ");
  await pipeline(
    Readable.from(pieces, { objectMode: true, highWaterMark: 2 }),
    client.query(copyFrom(`COPY ${into} (${names}) FROM STDIN`)),
  );
  return count;

  function* counted(given: Iterable<Lines>) {
    for (const { text, count: inText } of given) {
      count += inText;
      yield text;
    }
  }

  function* textsOf(now: Iterable<Row>) {
    let text = "";
    for (const row of now) {
      text += lineOf(columns, row);
      count++;
      if (text.length < pieceLength) continue;
      yield text;
      text = "";
    }
    yield text;
  }

  async function* textsOfLater(later: AsyncIterable<Row>) {
    let text = "";
    for await (const row of later) {
      text += lineOf(columns, row);
      count++;
      if (text.length < pieceLength) continue;
      yield text;
      text = "";
    }
    yield text;
  }
}
