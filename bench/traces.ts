/** Spans by OTLP: this app beside a stock server, and beside one SQL statement that writes the same rows. */
import { randomBytes } from "node:crypto";
import http from "node:http";
import { create, toBinary } from "@bufbuild/protobuf";
import pg from "pg";
import { parseConfig } from "../shared/platform/config.ts";
import { ExportTraceServiceRequestSchema } from "../shared/traces/otlp/generated/collector_pb.ts";
import { spansOf } from "../shared/traces/spans/span.ts";
import { writesOf } from "../shared/traces/spans/trace.ts";
import { startStock } from "../test/acceptance/stock-server.ts";
import { memoryOf, startApp } from "./apps.ts";
import { call } from "./client.ts";
import { machine, makeDatabases } from "./databases.ts";
import { type Measured, medians } from "./measure.ts";
import { numbers } from "./scenarios.ts";

interface Options {
  seconds: number;
  rounds: number;
}

const sizes = [1, 10, 1000];
const clientCounts = [1, 8, 32];
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

/** The id that stands in a template for that of each request's trace. */
const marker = Buffer.from("ab".repeat(16), "hex");

const text = (value: string) => ({ case: "stringValue", value }) as const;

/** A trace of so many spans, each with the attributes of a tool's call. */
function request(spans: number) {
  const attributes = (at: number) => [
    { key: "mlflow.spanType", value: { value: text("TOOL") } },
    { key: "mlflow.spanInputs", value: { value: text(`{"query": "how many of ${at} are there?", "limit": 10}`) } },
    { key: "mlflow.spanOutputs", value: { value: text(`{"found": [${numbers(20).join(", ")}]}`) } },
    { key: "http.status_code", value: { value: { case: "intValue", value: 200n } as const } },
    { key: "ratio", value: { value: { case: "doubleValue", value: at / 7 } as const } },
  ];
  const spanId = (at: number) => Buffer.from((at + 1).toString(16).padStart(16, "0"), "hex");
  return create(ExportTraceServiceRequestSchema, {
    resourceSpans: [
      {
        resource: { attributes: [{ key: "service.name", value: { value: text("bench") } }] },
        scopeSpans: [
          {
            spans: numbers(spans).map((at) => ({
              traceId: marker,
              spanId: spanId(at),
              parentSpanId: at === 0 ? new Uint8Array() : spanId(0),
              name: `call ${at}`,
              startTimeUnixNano: 1_700_000_000_000_000_000n + BigInt(at),
              endTimeUnixNano: 1_700_000_001_000_000_000n + BigInt(at),
              attributes: attributes(at),
            })),
          },
        ],
      },
    ],
  });
}

/** The bytes of a request, with a trace id of their own each time. */
function bodies(spans: number): () => Buffer {
  const template = Buffer.from(toBinary(ExportTraceServiceRequestSchema, request(spans)));
  const places: number[] = [];
  for (let at = template.indexOf(marker); at !== -1; at = template.indexOf(marker, at + 16)) places.push(at);
  return () => {
    const body = Buffer.from(template);
    const id = randomBytes(16);
    for (const at of places) id.copy(body, at);
    return body;
  };
}

function post(url: string, experiment: string, body: Buffer): Promise<void> {
  const headers = {
    "content-type": "application/x-protobuf",
    "content-length": body.length,
    "x-mlflow-experiment-id": experiment,
  };
  return new Promise((resolve, reject) => {
    const sent = http.request(`${url}/v1/traces`, { method: "POST", agent, headers }, (response) => {
      response.resume().on("end", () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${response.statusCode}`));
      });
    });
    sent.on("error", reject).end(body);
  });
}

const handWritten = `
  WITH info AS (
    INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, execution_time_ms, status, request_preview,
      response_preview, db_payload_generation)
    VALUES ($1, 0, 1700000000000, 1000, 'OK', $2, $3, 1)
  ), tag AS (
    INSERT INTO trace_tags (request_id, key, value) VALUES ($1, 'mlflow.trace.spansLocation', 'TRACKING_STORE'),
      ($1, 'mlflow.artifactLocation', 'mlflow-artifacts:/0/traces/' || $1 || '/artifacts'), ($1, 'service.name', 'bench')
  )
  INSERT INTO spans (trace_id, experiment_id, span_id, parent_span_id, name, type, status, start_time_unix_nano,
    end_time_unix_nano, content)
  SELECT $1, 0, s.* FROM json_to_recordset($4::json) AS s(span_id text, parent_span_id text, name text, type text, status text,
    start_time_unix_nano int8, end_time_unix_nano int8, content text)`;

/** The same rows by a client of PostgreSQL that has them at hand. */
function statements(pool: pg.Pool, spans: number): () => Promise<unknown> {
  const writes = writesOf(spansOf(request(spans).resourceSpans), parseConfig({}));
  const rows = JSON.stringify(writes.spans);
  const [{ request_preview, response_preview } = { request_preview: null, response_preview: null }] = writes.traces;
  return () =>
    pool.query({
      name: "spans",
      text: handWritten,
      values: [`tr-${randomBytes(16).toString("hex")}`, request_preview, response_preview, rows],
    });
}

async function measured(work: () => Promise<unknown>, clients: number, seconds: number): Promise<Measured> {
  const latencies: number[] = [];
  let failed = 0;
  const started = performance.now();
  const end = started + seconds * 1000;
  const client = async () => {
    while (performance.now() < end) {
      const sent = performance.now();
      await work().then(
        () => latencies.push(performance.now() - sent),
        () => failed++,
      );
    }
  };
  await Promise.all(numbers(clients).map(client));
  latencies.sort((a, b) => a - b);
  const at = (part: number) => latencies[Math.floor(latencies.length * part)] ?? Number.NaN;
  const perSecond = (latencies.length * 1000) / (performance.now() - started);
  return { answered: latencies.length, perSecond, failed, p50: at(0.5), p95: at(0.95), cpu: 0, postgresCpu: 0 };
}

/** Prints spans a second by size of request and number of clients. */
export async function compareTraces({ seconds, rounds }: Options): Promise<void> {
  const databases = await makeDatabases("other", "app", "plain");
  const [otherDatabase, appDatabase, plainDatabase] = databases.uris as [string, string, string];
  const stock = await startStock({ database: otherDatabase, workers: 2 });
  await startApp(plainDatabase, databases.folder).then(({ process }) => process.kill());
  const app = await startApp(appDatabase, databases.folder);
  const pool = new pg.Pool({ connectionString: plainDatabase, max: 10 });
  try {
    console.log(machine());
    const experiment = async (url: string) =>
      String((await call({ url }, "POST", "/api/2.0/mlflow/experiments/create", { name: "bench" })).experiment_id);
    const [theirs, ours] = [await experiment(stock.url), await experiment(app.url)];
    console.log(
      `\nSpans a second (p50, p95 ms a request).
| Spans a request | Clients | Stock | This app | SQL by hand | Beside stock | Beside SQL |
|---|---|---|---|---|---|---|`,
    );
    for (const size of sizes) {
      const body = bodies(size);
      const works = [
        () => post(stock.url, theirs, body()),
        () => post(app.url, ours, body()),
        statements(pool, size),
      ] as const;
      for (const clients of clientCounts) {
        const found: Measured[][] = works.map(() => []);
        for (let round = 0; round < rounds; round++)
          for (const [index, work] of works.entries()) found[index]!.push(await measured(work, clients, seconds));
        const [left, app, sql] = found.map(medians) as [Measured, Measured, Measured];
        const cell = ({ perSecond, failed, p50, p95 }: Measured) =>
          `${(perSecond * size).toFixed(0)} (${p50.toFixed(1)}, ${p95.toFixed(1)})${failed > 0 ? `, ${failed} failed` : ""}`;
        const ratio = (other: Measured) => (app.perSecond / other.perSecond).toFixed(2);
        console.log(`| ${[size, clients, cell(left), cell(app), cell(sql), ratio(left), ratio(sql)].join(" | ")} |`);
      }
    }
    console.log(`\nResident memory of this app after the load: ${await memoryOf(app.pid)}`);
  } finally {
    agent.destroy();
    await pool.end();
    app.process.kill();
    await stock.stop();
    await databases.stop();
  }
}
