/** What a scenario of the bench sends to a server, and which statement this app sends for it. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { callWith, routesWithSql } from "../cli/sql-statements.ts";
import type { Statement } from "../shared/platform/db/sql.ts";
import { readInput, toRequest } from "../shared/platform/http/request.ts";
import type { Subject } from "./scenarios.ts";

export interface SentRequest {
  method: string;
  /** Path and query. */
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

/** The request that a scenario sends. */
export async function requestOf(scenario: (to: Subject) => Promise<unknown>, subject: Subject): Promise<SentRequest> {
  let sent: SentRequest | undefined;
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, `${value}`]));
    sent = { method: request.method!, path: request.url!, headers, body: Buffer.concat(chunks) };
    response.end("{}");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  await scenario({ ...subject, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  server.close();
  return sent!;
}

/**
 * The statement that the app's own store sends for a request, which is sent to `database` on the way.
 * @throws Error where it is not one
 */
export async function statementOf({ method, path, headers, body }: SentRequest, database: string): Promise<Statement> {
  const request = toRequest(
    { method, url: `http://localhost${path}`, params: {}, header: (name) => headers[name], bytes: async () => body },
    "",
  );
  const name = `${method} ${request.url.pathname.replace("/api/2.0/mlflow/", "")}`;
  const route = (await routesWithSql()).find((each) => each.name === name);
  if (!route) throw new Error(`No route that sends statements is called ${name}`);
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  const statements: Statement[] = [];
  try {
    await callWith(
      async (statement) => {
        statements.push(statement);
        return (await client.query(statement.text, statement.values)).rows;
      },
      route,
      await readInput(request),
    );
  } finally {
    await client.end();
  }
  if (statements.length !== 1) throw new Error(`${name} sends ${statements.length} statements, not one`);
  return statements[0]!;
}
