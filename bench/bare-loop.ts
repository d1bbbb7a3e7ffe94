/**
 * The least that a server in Node.js can do for the same answers: node:http, pg and a statement, without checks,
 * limits, settings or a log. `node dist/bare-loop.cjs <file>`, a file of `BareLoop`; it prints its port.
 */
import { readFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { pageOf } from "./page-of.ts";

export interface BareLoop {
  database: string;
  /** By the first segment of the path. */
  statements: Record<string, pg.QueryConfig>;
}

function serve(file: string): void {
  const { database, statements }: BareLoop = JSON.parse(readFileSync(file, "utf8"));
  const pool = new pg.Pool({ connectionString: database, max: 10 });
  pool.on("error", () => {});
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (chunks.length > 0) JSON.parse(Buffer.concat(chunks).toString());
    const [, name] = new URL(request.url!, "http://localhost").pathname.split("/");
    const { rows } = await pool.query(statements[name!]!);
    const body = Buffer.from(pageOf(rows));
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
  });
  server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
}

serve(process.argv[2]!);
