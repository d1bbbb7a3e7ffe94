import { readFileSync } from "node:fs";
import { deflateSync, gzipSync } from "node:zlib";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anExperiment } from "../factories.ts";
import { type App, startApp } from "../support/app.ts";
import { aRequest, aSpan, aSpanId, sendSpans } from "./otlp-bodies.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const rows = async (table: string, column: string, ids: string[]) =>
  (await app.db.query(`SELECT * FROM ${table} WHERE ${column} = ANY($1) ORDER BY 1, 2, 3`, [ids])).rows;

const traceOf = async (traceId: string) => (await rows("trace_info", "request_id", [`tr-${traceId}`]))[0];
const spansOf = (traceId: string) => rows("spans", "trace_id", [`tr-${traceId}`]);
const tagsOf = async (traceId: string) =>
  Object.fromEntries((await rows("trace_tags", "request_id", [`tr-${traceId}`])).map(({ key, value }) => [key, value]));

describe("POST /v1/traces", () => {
  it("stores a span and makes its trace", async () => {
    const experimentId = await anExperiment(app);
    const span = aSpan({ name: "first", kind: 3 }, { "mlflow.spanType": "LLM", text: "é", count: 3, part: 0.5 });
    const { status, body } = await sendSpans(app, experimentId, aRequest([span], { team: "vision" }));
    expect(status).toBe(200);
    expect(body).toEqual({});
    const [row] = await spansOf(span.traceId);
    expect(row).toMatchObject({
      experiment_id: Number(experimentId),
      span_id: span.spanId,
      parent_span_id: null,
      name: "first",
      type: "LLM",
      status: "UNSET",
      start_time_unix_nano: span.startTimeUnixNano,
      duration_ns: "1000000000",
    });
    const base64 = (hex: string) => Buffer.from(hex, "hex").toString("base64");
    expect(row.content).toBe(
      `{"trace_id": "${base64(span.traceId)}", "span_id": "${base64(span.spanId)}", "parent_span_id": null, ` +
        `"name": "first", "kind": "SPAN_KIND_CLIENT", "start_time_unix_nano": 1700000000000000000, ` +
        `"end_time_unix_nano": 1700000001000000000, "events": [], ` +
        `"status": {"code": "STATUS_CODE_UNSET", "message": ""}, "attributes": {"mlflow.spanType": "\\"LLM\\"", ` +
        `"text": "\\"é\\"", "count": "3", "part": "0.5", "mlflow.traceRequestId": "\\"tr-${span.traceId}\\""}, "links": []}`,
    );
    expect(await traceOf(span.traceId)).toMatchObject({
      experiment_id: Number(experimentId),
      timestamp_ms: "1700000000000",
      execution_time_ms: "1000",
      status: "OK",
      db_payload_generation: 1,
    });
    expect(await tagsOf(span.traceId)).toEqual({
      "mlflow.trace.spansLocation": "TRACKING_STORE",
      "mlflow.artifactLocation": `mlflow-artifacts:/${experimentId}/traces/tr-${span.traceId}/artifacts`,
      team: "vision",
    });
  });

  it("merges what comes later", async () => {
    const experimentId = await anExperiment(app);
    const root = aSpan({}, { "mlflow.spanInputs": '{"q": 1}', "session.id": "s" });
    const usage = (input_tokens: number) => ({
      "mlflow.chat.tokenUsage": JSON.stringify({ input_tokens, output_tokens: 1, total_tokens: input_tokens + 1 }),
    });
    const child = aSpan(
      { traceId: root.traceId, parentSpanId: root.spanId, startTimeUnixNano: "1700000000500000000" },
      usage(5),
    );
    const other = { ...child, spanId: aSpanId(), endTimeUnixNano: "1700000009000000000" };
    for (const span of [child, other, root, child])
      expect((await sendSpans(app, experimentId, aRequest([span]))).status).toBe(200);
    expect(await spansOf(root.traceId)).toHaveLength(3);
    expect(await traceOf(root.traceId)).toMatchObject({
      timestamp_ms: "1700000000000",
      execution_time_ms: "9000",
      status: "OK",
      request_preview: '{"q": 1}',
      session_id: "s",
      input_tokens: "10",
      output_tokens: "2",
      total_tokens: "12",
      db_payload_generation: 4,
    });
  });

  it("takes the last of a span that is given twice", async () => {
    const experimentId = await anExperiment(app);
    const span = aSpan({ name: "first" });
    const { status } = await sendSpans(app, experimentId, aRequest([span, { ...span, name: "last" }]));
    expect(status).toBe(200);
    expect(await spansOf(span.traceId)).toMatchObject([{ name: "last" }]);
  });

  it("loses nothing of spans that come at once, and counts each once", async () => {
    const experimentId = await anExperiment(app);
    const root = aSpan();
    const children = Array.from({ length: 12 }, (_, at) =>
      aSpan(
        { traceId: root.traceId, parentSpanId: root.spanId, endTimeUnixNano: `17000000${10 + at}000000000` },
        { "mlflow.chat.tokenUsage": JSON.stringify({ input_tokens: 1, output_tokens: 2, total_tokens: 3 }) },
      ),
    );
    const answers = await Promise.all(
      [root, ...children].map((span) => sendSpans(app, experimentId, aRequest([span]))),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await spansOf(root.traceId)).toHaveLength(13);
    expect(await traceOf(root.traceId)).toMatchObject({
      status: "OK",
      execution_time_ms: "21000",
      input_tokens: "12",
      output_tokens: "24",
      total_tokens: "36",
      db_payload_generation: 13,
    });
  });

  it("stores a span once that comes again while it is written", async () => {
    const experimentId = await anExperiment(app);
    const span = aSpan();
    const holder = new pg.Client({ connectionString: app.databaseUri });
    await holder.connect();
    await holder.query("BEGIN");
    await holder.query("SELECT FROM experiments WHERE experiment_id = $1 FOR UPDATE", [experimentId]);
    const waits = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    const waiting = async () => (await app.db.query(waits)).rows.length;
    const sent = [];
    for (const name of ["first", "second"]) {
      sent.push(sendSpans(app, experimentId, aRequest([{ ...span, name }])));
      await expect.poll(waiting, { timeout: 20_000, interval: 20 }).toBe(sent.length);
    }
    await holder.query("ROLLBACK");
    await holder.end();
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual([200, 200]);
    expect(await spansOf(span.traceId)).toMatchObject([{ name: "second" }]);
    expect(await traceOf(span.traceId)).toMatchObject({ db_payload_generation: 2 });
  });

  it("leaves what the client has given of the whole trace, where spans with totals or a session come later", async () => {
    const experimentId = await anExperiment(app);
    const span = aSpan();
    const id = `tr-${span.traceId}`;
    await sendSpans(app, experimentId, aRequest([span]));
    await app.db.query(
      "UPDATE trace_info SET timestamp_ms = 5, execution_time_ms = 6, input_tokens = 7 WHERE request_id = $1",
      [id],
    );
    await app.db.query("INSERT INTO trace_request_metadata VALUES ('mlflow.trace.infoFinalized', 'true', $1)", [id]);
    const usage = JSON.stringify({ input_tokens: 100, output_tokens: 1, total_tokens: 101 });
    const late = aSpan({ traceId: span.traceId, startTimeUnixNano: "0" }, { "mlflow.chat.tokenUsage": usage });
    await sendSpans(app, experimentId, aRequest([late]));
    expect(await traceOf(span.traceId)).toMatchObject({ timestamp_ms: "5", execution_time_ms: "6", input_tokens: "7" });
    // As in stock, a late span without any moves the times.
    await sendSpans(app, experimentId, aRequest([aSpan({ traceId: span.traceId, startTimeUnixNano: "0" })]));
    expect(await traceOf(span.traceId)).toMatchObject({ timestamp_ms: "0", execution_time_ms: "1700000001000" });
  });

  it("moves the times of assessments with that of their trace", async () => {
    const experimentId = await anExperiment(app);
    const span = aSpan();
    const id = `tr-${span.traceId}`;
    await sendSpans(app, experimentId, aRequest([span]));
    await app.db.query(
      `INSERT INTO assessments (assessment_id, trace_id, name, assessment_type, value, created_timestamp,
         last_updated_timestamp, source_type, valid, trace_timestamp_ms)
       VALUES ('a-' || $1, $1, 'good', 'feedback', 'true', 1, 1, 'HUMAN', true, 1700000000000)`,
      [id],
    );
    await sendSpans(app, experimentId, aRequest([aSpan({ traceId: span.traceId, startTimeUnixNano: "5000000" })]));
    const { rows } = await app.db.query("SELECT trace_timestamp_ms FROM assessments WHERE trace_id = $1", [id]);
    expect(rows).toEqual([{ trace_timestamp_ms: "5" }]);
  });

  it.each([
    ["ARCHIVE_REPO", (id: string) => `Cannot log spans to archived traces: '${id}'.`],
    [
      "ELSEWHERE",
      (id: string) =>
        `Cannot log spans because one or more traces are unavailable for DB-backed span writes: other='${id}'`,
    ],
  ])("refuses spans of a trace whose spans lie in %s", async (location, message) => {
    const experimentId = await anExperiment(app);
    const span = aSpan();
    const id = `tr-${span.traceId}`;
    await sendSpans(app, experimentId, aRequest([span]));
    await app.db.query(
      "UPDATE trace_tags SET value = $2 WHERE request_id = $1 AND key = 'mlflow.trace.spansLocation'",
      [id, location],
    );
    const answer = await sendSpans(app, experimentId, aRequest([aSpan({ traceId: span.traceId }), aSpan()]));
    expect(answer.body).toMatchObject({ error_code: "INVALID_STATE", message: message(id) });
    expect(await spansOf(span.traceId)).toHaveLength(1);
    expect(await traceOf(span.traceId)).toMatchObject({ db_payload_generation: 1 });
  });

  it("refuses a trace of another experiment", async () => {
    const span = aSpan();
    await sendSpans(app, await anExperiment(app), aRequest([span]));
    const { status, body } = await sendSpans(app, await anExperiment(app), aRequest([aSpan(), span]));
    expect(status).toBe(400);
    expect(body.message).toBe(`Trace with ID 'tr-${span.traceId}' already exists in another experiment.`);
  });

  it("links traces to the run of a header", async () => {
    const experimentId = await anExperiment(app);
    const root = aSpan();
    const child = aSpan({ parentSpanId: aSpanId() });
    await sendSpans(app, experimentId, aRequest([root, child]), { "x-mlflow-run-id": "some run" });
    const { rows } = await app.db.query(
      "SELECT source_id FROM entity_associations WHERE destination_id = 'some run' AND destination_type = 'run'",
    );
    expect(rows).toEqual([{ source_id: `tr-${root.traceId}` }]);
  });
});

describe("POST /v1/traces: bodies", () => {
  const recorded: { headers: Record<string, string>; body: string }[] = JSON.parse(
    readFileSync("test/traces/recorded/node.json", "utf8"),
  );

  it.each(recorded.map((request, at) => [at, request] as const))(
    "takes what Node sends, %i",
    async (_, { headers, body }) => {
      const { "transfer-encoding": __, ...others } = headers;
      const experimentId = await anExperiment(app);
      const { status } = await sendSpans(app, experimentId, Buffer.from(body, "base64"), others);
      expect(status).toBe(200);
      const { rows } = await app.db.query("SELECT name, status FROM spans WHERE experiment_id = $1 ORDER BY name", [
        experimentId,
      ]);
      expect(rows).toEqual([
        { name: "query", status: "ERROR" },
        { name: "request", status: "UNSET" },
      ]);
    },
  );

  it("refuses a body in chunks, which the host drops", async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(Buffer.from(JSON.stringify(aRequest([aSpan()]))));
        controller.close();
      },
    });
    const { status, body: answer } = await app.request("POST", "/v1/traces", {
      body,
      headers: { "content-type": "application/json", "x-mlflow-experiment-id": "0" },
    });
    expect(status).toBe(411);
    expect(answer.detail).toContain("Content-Length");
  });

  it.each(["gzip", "deflate"] as const)("refuses what grows beyond the limit: %s", async (encoding) => {
    const bomb = { gzip: gzipSync, deflate: deflateSync }[encoding](Buffer.alloc(150 * 2 ** 20));
    const { status, body } = await sendSpans(app, "0", bomb, { "content-encoding": encoding });
    expect(status).toBe(413);
    expect(body.detail).toContain("MLFLOW_FUNCTIONS_OTLP_LIMIT");
  });

  it("refuses a small body of very many values before it builds them", async () => {
    const type = { "content-type": "application/x-protobuf" };
    // Empty resources, of two bytes each.
    const { status, body } = await sendSpans(app, "0", Buffer.from("0a00".repeat(4_000_000), "hex"), type);
    expect(status).toBe(413);
    expect(body.detail).toContain("values");
    const json = await sendSpans(app, "0", `{"resourceSpans":[${"{},".repeat(2_000_000)}{}]}`);
    expect(json.status).toBe(413);
  });

  it("takes 10,000 spans at once", async () => {
    const experimentId = await anExperiment(app);
    const { traceId } = aSpan();
    const spans = Array.from({ length: 10_000 }, () => aSpan({ traceId }, { a: 1, b: "two" }));
    const { status } = await sendSpans(app, experimentId, aRequest(spans));
    expect(status).toBe(200);
    const { rows } = await app.db.query("SELECT count(*)::int FROM spans WHERE trace_id = $1", [`tr-${traceId}`]);
    expect(rows).toEqual([{ count: 10_000 }]);
  });

  it("takes 30 MB in one attribute", async () => {
    const experimentId = await anExperiment(app);
    const span = aSpan({}, { "mlflow.spanInputs": `{"text": "${'é\\" '.repeat(5_000_000)}"}` });
    const { status } = await sendSpans(app, experimentId, aRequest([span]));
    expect(status).toBe(200);
    expect((await traceOf(span.traceId)).request_preview).toHaveLength(1000);
  });

  it("has no other methods", async () => {
    expect((await app.request("GET", "/v1/traces")).status).toBe(405);
  });
});
