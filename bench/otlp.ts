/** What an exporter sends by OTLP, and the same rows by one SQL statement. */
import { randomBytes } from "node:crypto";
import http from "node:http";
import { create, toBinary } from "@bufbuild/protobuf";
import type pg from "pg";
import { parseConfig } from "../shared/platform/config.ts";
import { decode } from "../shared/traces/otlp/decode.ts";
import { ExportTraceServiceRequestSchema } from "../shared/traces/otlp/generated/collector_pb.ts";
import { spansOf } from "../shared/traces/spans/span.ts";
import { writesOf } from "../shared/traces/spans/trace.ts";
import { numbers } from "./scenarios.ts";

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
export function bodies(spans: number): (id?: Buffer) => Buffer {
  const template = Buffer.from(toBinary(ExportTraceServiceRequestSchema, request(spans)));
  const places: number[] = [];
  for (let at = template.indexOf(marker); at !== -1; at = template.indexOf(marker, at + 16)) places.push(at);
  return (id = randomBytes(16)) => {
    const body = Buffer.from(template);
    for (const at of places) id.copy(body, at);
    return body;
  };
}

/** @throws Error with the answer of a refusal */
export function post(url: string, experiment: string, body: Buffer): Promise<void> {
  const headers = {
    "content-type": "application/x-protobuf",
    "content-length": body.length,
    "x-mlflow-experiment-id": experiment,
  };
  return new Promise((resolve, reject) => {
    const sent = http.request(`${url}/v1/traces`, { method: "POST", agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${response.statusCode} ${Buffer.concat(chunks).toString().slice(0, 100)}`));
      });
    });
    const failed = (error: NodeJS.ErrnoException) => {
      // The server has closed a connection that was idle while others were measured.
      if (sent.reusedSocket && error.code === "ECONNRESET") post(url, experiment, body).then(resolve, reject);
      else reject(error);
    };
    sent.on("error", failed).end(body);
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
  INSERT INTO spans (experiment_id, trace_id, span_id, parent_span_id, name, type, status, start_time_unix_nano,
    end_time_unix_nano, input_cost, output_cost, total_cost, model_name, model_provider, content)
  SELECT 0, s.* FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::int8[], $11::int8[],
    $12::float8[], $13::float8[], $14::float8[], $15::text[], $16::text[], string_to_array($17, U&'\\001E')) AS s`;

/** The same rows by a client of PostgreSQL that has them at hand. */
export function statements(pool: pg.Pool, spans: number): () => Promise<unknown> {
  const writes = writesOf(spansOf(decode(bodies(spans)(), "application/x-protobuf")), parseConfig({}));
  const [, ...columns] = writes.spans;
  const [{ request_preview, response_preview } = { request_preview: null, response_preview: null }] = writes.traces;
  return () => {
    const id = `tr-${randomBytes(16).toString("hex")}`;
    const ids = `{${Array(spans).fill(id).join()}}`;
    return pool.query({
      name: "spans",
      text: handWritten,
      values: [id, request_preview, response_preview, ids, ...columns],
    });
  };
}

export const closeExporters = () => agent.destroy();
