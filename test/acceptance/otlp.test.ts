import { once } from "node:events";
import http from "node:http";
import { text } from "node:stream/consumers";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aDatabase, startApp } from "../support/app.ts";
import type { Case } from "./otlp/case.ts";
import { cases } from "./otlp/cases.ts";
import { startStock } from "./stock-server.ts";

interface Server {
  url: string;
  db: pg.Client;
  /** By the names that cases use. */
  experiments: Record<string, string>;
}

const stopping: (() => Promise<unknown>)[] = [];
let stock: Server;
let ours: Server;
const answers = new Map<string, [Answer, Answer]>();

beforeAll(async () => {
  [stock, ours] = await Promise.all([aStock(), anApp()]);
  for (const each of cases) answers.set(each.name, [await send(stock, each), await send(ours, each)]);
}, 600_000);

afterAll(async () => {
  for (const stop of stopping.reverse()) await stop();
});

async function aStock(): Promise<Server> {
  const database = await aDatabase("template0");
  const { url, stop } = await startStock({ database: database.uri });
  stopping.push(database.drop, stop);
  return withExperiments(url, database.uri);
}

async function anApp(): Promise<Server> {
  const app = await startApp();
  stopping.push(app.close);
  return withExperiments(app.url, app.databaseUri);
}

async function withExperiments(url: string, uri: string): Promise<Server> {
  const db = new pg.Client({ connectionString: uri });
  await db.connect();
  stopping.push(() => db.end());
  const post = async (route: string, body: object) => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${url}/api/2.0/mlflow/experiments/${route}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    return (await response.json()) as { experiment_id: string };
  };
  const experiments: Record<string, string> = {};
  for (const name of ["usual", "other", "deleted"]) experiments[name] = (await post("create", { name })).experiment_id;
  await post("delete", { experiment_id: experiments.deleted });
  return { url, db, experiments };
}

interface Answer {
  status: number;
  type: string | undefined;
  body: string;
}

/** On a connection of its own: stock closes those that it has refused something on. */
async function send({ url, experiments }: Server, { body, headers, experiment = "usual" }: Case): Promise<Answer> {
  const bytes = Buffer.from(typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body));
  const request = http.request(`${url}/v1/traces`, {
    method: "POST",
    agent: false,
    headers: {
      "content-type": "application/json",
      "content-length": bytes.byteLength,
      "x-mlflow-experiment-id": experiments[experiment] ?? experiment,
      ...headers,
    },
  });
  request.end(bytes);
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  return { status: response.statusCode!, type: response.headers["content-type"], body: await text(response) };
}

/** What is stored, but for what differs between two runs. */
const tables: Record<string, string> = {
  spans: "SELECT * FROM spans ORDER BY trace_id, span_id",
  trace_info: "SELECT * FROM trace_info ORDER BY request_id",
  trace_tags: "SELECT * FROM trace_tags ORDER BY request_id, key",
  trace_request_metadata: "SELECT * FROM trace_request_metadata ORDER BY request_id, key",
  entity_associations: `SELECT source_type, source_id, destination_type, destination_id,
      length(association_id) AS id, created_time IS NOT NULL AS timed FROM entity_associations ORDER BY 2, 4`,
  span_metrics: "SELECT * FROM span_metrics",
  trace_metrics: "SELECT * FROM trace_metrics",
};

/** Traces of requests that are answered otherwise on purpose. */
const ofDifferent = new Set(
  cases
    .filter(({ differs }) => differs)
    .flatMap(({ body }) => [...JSON.stringify(body).matchAll(/"traceId":"(\w+)"/g)].map(([, id]) => `tr-${id}`)),
);

async function stored({ db }: Server, table: string): Promise<string[]> {
  const { rows } = await db.query(tables[table]!);
  return rows
    .filter((row) => !ofDifferent.has(row.trace_id ?? row.request_id ?? row.source_id))
    .map((row) => JSON.stringify(row));
}

describe("POST /v1/traces, sent to stock MLflow and to this app", () => {
  it("has a name for each request", () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  it.each(cases.filter(({ differs }) => !differs))("$name: the same answer", ({ name }) => {
    const [theirs, mine] = answers.get(name)!;
    expect(mine).toEqual(theirs);
  });

  it.each(cases.filter(({ differs }) => differs))("$name: answered otherwise", ({ name, differs }) => {
    const [theirs, mine] = answers.get(name)!;
    expect(mine.status).toBe(differs!.status);
    expect(theirs.body).not.toBe(mine.body);
  });

  it.each(Object.keys(tables))("%s: the same rows", async (table) => {
    expect(await stored(ours, table)).toEqual(await stored(stock, table));
  });

  it("spans were stored", async () => {
    expect((await stored(ours, "spans")).length).toBeGreaterThan(100);
  });
});
