import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anExperiment } from "../factories.ts";
import { type App, startApp } from "../support/app.ts";
import { aDestination } from "../support/artifacts.ts";
import { aSpan, aTrace, storeSpans } from "../trace-factories.ts";

let app: App;
let experiment: string;
beforeAll(async () => {
  app = await startApp(aDestination());
  experiment = await anExperiment(app);
});
afterAll(() => app.close());

const traces = "/api/3.0/mlflow/traces";
const mebibyte = 2 ** 20;
const tooMuch = (bytes: number) => ({
  error_code: "INVALID_PARAMETER_VALUE",
  message:
    `What was asked for has ${bytes} bytes, and an answer at most 134217728. Ask for fewer traces at once; MLflow's Python ` +
    "client does with MLFLOW_SEARCH_TRACES_MAX_BATCH_SIZE=1.",
});

async function withSpanOf(bytes: number): Promise<string> {
  const id = await aTrace(app, { experiment });
  await storeSpans(app, id, [aSpan()]);
  await app.db.query("UPDATE spans SET content = content || repeat(' ', $2::int) WHERE trace_id = $1", [id, bytes]);
  return id;
}

/** As a client sends more ids than a URL holds. */
const getWithBody = (path: string, body: string) =>
  new Promise<{ status: number; message: string }>((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sent = request(`${app.url}${path}`, { method: "GET", headers }, async (response) => {
      const chunks: Buffer[] = await response.toArray();
      resolve({ status: response.statusCode!, message: JSON.parse(Buffer.concat(chunks).toString()).message });
    });
    sent.on("error", reject).end(body);
  });

const ids = (count: number) => Array.from({ length: count }, (_, at) => `tr-${at}`);

describe("GET 3.0/traces/batchGet", () => {
  it("refuses more ids than clients send", async () => {
    expect(await getWithBody(`${traces}/batchGet`, JSON.stringify({ trace_ids: ids(1001) }))).toEqual({
      status: 400,
      message: "At most 1000 traces can be asked for at once, not 1001. Ask for fewer.",
    });
    expect((await getWithBody(`${traces}/batchGet`, JSON.stringify({ trace_ids: ids(1000) }))).status).toBe(200);
  });

  it("refuses more spans than the app should hold", async () => {
    const [one, two] = [await withSpanOf(70 * mebibyte), await withSpanOf(70 * mebibyte)];
    const both = await app.get(`${traces}/batchGet`, { trace_ids: [one, two] });
    expect([both.status, both.body]).toMatchObject([400, tooMuch(2 * (70 * mebibyte + Buffer.byteLength(aSpan())))]);
  });

  it("refuses more bytes of files than the app should hold", async () => {
    const content = `{"spans": [${aSpan()}]}`.padEnd(10_000_000);
    const large = Buffer.byteLength(content);
    const id = await aTrace(app, { experiment });
    const file = `/api/2.0/mlflow-artifacts/artifacts/${experiment}/traces/${id}/artifacts/traces.json`;
    expect((await app.request("PUT", file, { body: content })).status).toBe(200);
    const others = await Promise.all(Array.from({ length: 14 }, () => aTrace(app, { experiment })));
    await app.db.query(
      `UPDATE trace_tags SET value = (SELECT value FROM trace_tags WHERE key = 'mlflow.artifactLocation' AND request_id = $1)
       WHERE key = 'mlflow.artifactLocation' AND request_id = ANY($2::text[])`,
      [id, others],
    );
    const { status, body } = await app.get(`${traces}/batchGet`, { trace_ids: others });
    expect([status, body]).toMatchObject([400, tooMuch(14 * large)]);
    expect((await app.get(`${traces}/batchGet`, { trace_ids: [id, others[0]!] })).body.traces).toHaveLength(2);
  });
});

describe("POST 3.0/traces/batchGetInfos", () => {
  it("refuses more ids than clients send", async () => {
    const { status, body } = await app.post(`${traces}/batchGetInfos`, { trace_ids: ids(10_001) });
    expect([status, body.message]).toEqual([
      400,
      "At most 10000 traces can be asked for at once, not 10001. Ask for fewer.",
    ]);
    expect((await app.post(`${traces}/batchGetInfos`, { trace_ids: ids(10_000) })).status).toBe(200);
  });

  it("refuses more than the app should hold", async () => {
    const id = await aTrace(app, { experiment });
    const assessment = {
      assessment_name: "a",
      feedback: { value: true },
      source: { source_type: "HUMAN", source_id: "u" },
    };
    expect((await app.post(`${traces}/${id}/assessments`, { assessment })).status).toBe(200);
    await app.db.query("UPDATE assessments SET rationale = repeat('x', $2::int) WHERE trace_id = $1", [
      id,
      64 * mebibyte,
    ]);
    const { status, body } = await app.post(`${traces}/batchGetInfos`, { trace_ids: [id] });
    expect([status, body.error_code, body.message]).toEqual([
      400,
      "INVALID_PARAMETER_VALUE",
      expect.stringContaining("an answer at most 67108864"),
    ]);
  });
});
