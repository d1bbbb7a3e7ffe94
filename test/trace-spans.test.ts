import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anExperiment } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";
import { aDestination } from "./support/artifacts.ts";
import { aSpan, aTrace, storeSpans, theSpan, theTrace } from "./trace-factories.ts";

let app: App;
let experiment: string;
let limited: App;
beforeAll(async () => {
  const destination = aDestination();
  app = await startApp(destination);
  experiment = await anExperiment(app);
  limited = await startApp({
    ...destination,
    MLFLOW_BACKEND_STORE_URI: app.databaseUri,
    MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT: "100",
    MLFLOW_FUNCTIONS_PREVIEW_LIMIT: "10",
  });
});
afterAll(async () => {
  await limited.close();
  await app.close();
});

const traces = "/api/3.0/mlflow/traces";
const get = (trace_id: string, query: Record<string, string> = {}) => app.get(`${traces}/get`, { trace_id, ...query });
const getAll = async (trace_ids: string[], query: Record<string, string[]> = {}) =>
  (await app.get(`${traces}/batchGet`, { trace_ids, ...query })).body;
const artifact = (query: Record<string, string>) => app.get("/ajax-api/2.0/mlflow/get-trace-artifact", query);
const refusal = ({ status, body }: { status: number; body: { message: string } }) => [status, body.message];
const file = (id: string, name = "traces.json") =>
  `/api/2.0/mlflow-artifacts/artifacts/${experiment}/traces/${id}/artifacts/${name}`;
const upload = (path: string, body: string) => app.request("PUT", path, { body });
const expecting = (count: number) => ({
  trace_metadata: { "mlflow.trace.sizeStats": JSON.stringify({ num_spans: count }) },
});

async function withSpans(count: number, fields: Record<string, unknown> = {}): Promise<string> {
  const id = await aTrace(app, { experiment, ...fields });
  await storeSpans(app, id, Array(count).fill(aSpan()));
  return id;
}

async function withFile(content: string): Promise<string> {
  const id = await aTrace(app, { experiment });
  expect((await upload(file(id), content)).status).toBe(200);
  return id;
}

describe("GET 3.0/traces/get", () => {
  it("answers what is known of a trace, and its spans with all digits", async () => {
    const id = await withSpans(1);
    const { status, body } = await get(id);
    expect(status).toBe(200);
    expect(app.lastText()).toContain(`"spans":[${theSpan}]`);
    expect(body.trace.trace_info).toEqual(await theTrace(app, id));
  });

  it("has the roots first, then goes by the start", async () => {
    const id = await aTrace(app, { experiment });
    const child = { parent_span_id: "kMPw6pnsUIc=" };
    await storeSpans(app, id, [aSpan({ ...child, name: "first" }), aSpan(), aSpan({ ...child, name: "second" })]);
    const { trace } = (await get(id)).body;
    expect(trace.spans.map(({ name }: { name: string }) => name)).toEqual(["root", "first", "second"]);
  });

  it("waits a moment for spans that its client has announced", async () => {
    const id = await withSpans(1, expecting(2));
    expect((await get(id, { allow_partial: "true" })).body.trace.spans).toHaveLength(1);
    expect(refusal(await get(id, { allow_partial: "False" }))).toEqual([
      404,
      `Trace with ID ${id} is not fully exported yet, please try again later.`,
    ]);
    expect(await getAll([id])).toEqual({});
    await storeSpans(app, id, [aSpan()]);
    expect((await get(id)).body.trace.spans).toHaveLength(2);
  });

  it("reads the file of a client that stores no spans", async () => {
    const id = await withFile(`{"spans": [${aSpan()}, ${aSpan()}]}`);
    await get(id);
    expect(app.lastText()).toContain(`"spans":[${theSpan},${theSpan}]`);
  });

  it("tells a trace without any spans", async () => {
    const id = await aTrace(app, { experiment });
    expect((await get(id)).status).toBe(404);
    expect((await get(id, { allow_partial: "true" })).body).toEqual({ trace: { trace_info: await theTrace(app, id) } });
    expect(refusal(await get("nope"))).toEqual([404, "Trace with ID nope is not found."]);
  });

  it("says what is wrong with a file that is broken or too large", async () => {
    const broken = await get(await withFile("nonsense"));
    expect([broken.status, broken.body.error_code]).toEqual([500, "DATA_LOSS"]);
    const large = await limited.get(`${traces}/get`, { trace_id: await withFile(`{"spans": [${aSpan()}]}`) });
    expect([large.status, large.body.message]).toEqual([
      400,
      expect.stringContaining("this server reads at most 100. Raise its MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT."),
    ]);
  });
});

describe("GET 3.0/traces/batchGet", () => {
  it("answers in the order of the ids, each once", async () => {
    const [one, two] = [await withSpans(1), await withSpans(2)];
    const { traces: found } = await getAll([one, "nope", two, one]);
    expect(
      found.map(({ trace_info, spans }: { trace_info: { trace_id: string }; spans: [] }) => [
        trace_info.trace_id,
        spans.length,
      ]),
    ).toEqual([
      [two, 2],
      [one, 1],
    ]);
    expect(await getAll([one], { experiment_ids: [await anExperiment(app)] })).toEqual({});
  });

  it("leaves out what can't be read, and nothing else", async () => {
    const stored = await withSpans(1);
    const inFile = await withFile(`{"spans": [${aSpan()}]}`);
    const broken = await withFile("nonsense");
    const started = await aTrace(app, { experiment });
    const elsewhere = await aTrace(app, { experiment });
    await app.db.query("UPDATE trace_tags SET value = 's3://bucket/x' WHERE request_id = $1", [elsewhere]);
    const { traces: found } = await getAll([broken, started, stored, elsewhere, inFile]);
    expect(found.map(({ trace_info }: { trace_info: { trace_id: string } }) => trace_info.trace_id)).toEqual([
      stored,
      inFile,
    ]);
    expect(app.lines.join("\n")).toContain(`The spans of trace ${broken} can't be read`);
  });
});

describe("GET get-trace-artifact", () => {
  it.each(["2.0", "3.0"])("answers stored spans as they are, in UTF-8 (%s)", async (version) => {
    const id = await withSpans(2);
    const { status, headers, text } = await app.get(`/ajax-api/${version}/mlflow/get-trace-artifact`, {
      request_id: id,
    });
    expect([status, text]).toEqual([200, `{"spans":[${aSpan()},${aSpan()}]}`]);
    expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(headers.get("content-disposition")).toBe("attachment; filename=traces.json");
    expect(headers.get("content-security-policy")).toBe("sandbox");
    expect((await app.get(`/api/${version}/mlflow/get-trace-artifact`, { request_id: id })).status).toBe(404);
  });

  it("answers the file where the spans lie there", async () => {
    const content = `{"spans": [${aSpan()}]}`;
    const { text, headers } = await artifact({ request_id: await withFile(content) });
    expect([text, headers.get("content-type")]).toEqual([content, "text/plain; charset=utf-8"]);
  });

  it("answers attachments", async () => {
    const id = await withSpans(1);
    const path = "7d5a1a3e-0c1f-4f3e-9a52-64d0e3a4d111";
    await upload(file(id, `attachments/${path}`), "an image");
    const { text, headers } = await artifact({ request_id: id, path });
    expect([text, headers.get("content-type")]).toEqual(["an image", "application/octet-stream"]);
    expect(headers.get("content-disposition")).toBe(`attachment; filename=${path}`);
  });

  it("redirects to what is too large to pass through the app", async () => {
    const content = `{"spans": [${aSpan()}]}`;
    const query = { request_id: await withFile(content) };
    const { status, headers } = await limited.get("/ajax-api/3.0/mlflow/get-trace-artifact", query);
    expect(status).toBe(302);
    expect(await (await fetch(headers.get("location")!)).text()).toBe(content);
  });

  it("refuses what is not there", async () => {
    const id = await aTrace(app, { experiment });
    const path = "7d5a1a3e-0c1f-4f3e-9a52-64d0e3a4d111";
    for (const [query, status, message] of [
      [{}, 400, 'Request must include the "request_id" query parameter.'],
      [{ request_id: "nope" }, 404, "Trace with ID nope is not found."],
      [{ request_id: id }, 404, "Trace data not found for path=traces.json"],
      [{ request_id: id, path: "x" }, 400, "Invalid attachment path: 'x'. Attachment path must be a valid UUID."],
      [{ request_id: id, path: "../x" }, 400, "Invalid path"],
      [{ request_id: id, path }, 404, `No such artifact: 'attachments/${path}'`],
      [{ request_id: "nope", path }, 404, "Trace with ID 'nope' not found."],
    ] as [Record<string, string>, number, string][])
      expect(refusal(await artifact(query))).toEqual([status, message]);
  });
});

describe("an archived trace", () => {
  async function archived(content?: Uint8Array): Promise<string> {
    const id = await withSpans(1);
    const folder = `archive/${id}`;
    await app.db.query("UPDATE spans SET content = '' WHERE trace_id = $1", [id]);
    await app.db.query(
      "UPDATE trace_tags SET value = 'ARCHIVE_REPO' WHERE request_id = $1 AND key = 'mlflow.trace.spansLocation'",
      [id],
    );
    await app.db.query("INSERT INTO trace_tags VALUES ('mlflow.trace.archiveLocation', $2, $1)", [
      id,
      `mlflow-artifacts:/${folder}`,
    ]);
    const path = `/api/2.0/mlflow-artifacts/artifacts/${folder}/traces.pb`;
    if (content) expect((await app.request("PUT", path, { body: content })).status).toBe(200);
    return id;
  }
  const names = (body: { trace: { spans: { name: string }[] } }) => body.trace.spans.map(({ name }) => name);

  it("is read from its archive", async () => {
    const { archive } = JSON.parse(await readFile("test/contract/spans.json", "utf8"));
    const id = await archived(Buffer.from(archive.payload, "base64"));
    expect(names((await get(id)).body)).toEqual(["root", "child", "late"]);
    expect((await getAll([id])).traces).toHaveLength(1);
    const { body, headers } = await artifact({ request_id: id });
    expect(body.spans.map(({ name }: { name: string }) => name)).toEqual(["root", "child", "late"]);
    expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
  });

  it("is shown without spans where its archive has lost them, and says where it is broken", async () => {
    const lost = await archived();
    expect((await get(lost)).body).toEqual({ trace: { trace_info: await theTrace(app, lost) } });
    const broken = await archived(Buffer.from("nonsense"));
    expect((await get(broken)).body.error_code).toBe("DATA_LOSS");
    expect((await getAll([lost, broken])).traces).toHaveLength(1);
  });
});

describe("a trace's artifacts", () => {
  it("go up through the app and come down by a redirect, as the JS client does", async () => {
    const id = await withFile(`{"spans": [${aSpan()}]}`);
    const { status, headers } = await app.request("GET", file(id));
    expect(status).toBe(302);
    expect(await (await fetch(headers.get("location")!)).text()).toBe(`{"spans": [${aSpan()}]}`);
  });

  it("go up by SAS, as the Python client does", async () => {
    const id = await aTrace(app, { experiment });
    const content = `{"spans": [${aSpan()}]}`;
    const folder = `${experiment}/traces/${id}/artifacts`;
    const created = await app.post(`/api/2.0/mlflow-artifacts/mpu/create/${folder}`, {
      path: "traces.json",
      num_parts: 1,
    });
    const [part] = created.body.credentials;
    const headers = Object.fromEntries(Object.entries(part.headers as Record<string, string>));
    expect((await fetch(part.url, { method: "PUT", body: content, headers })).status).toBe(201);
    const completed = await app.post(`/api/2.0/mlflow-artifacts/mpu/complete/${folder}`, {
      path: "traces.json",
      upload_id: created.body.upload_id,
      parts: [{ part_number: 1, etag: "", url: part.url }],
    });
    expect(completed.status).toBe(200);
    expect((await get(id)).body.trace.spans).toHaveLength(1);
  });
});
