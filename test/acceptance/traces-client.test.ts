import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { anExperiment } from "../factories.ts";
import { type App, startApp } from "../support/app.ts";
import { started, theTrace } from "../trace-factories.ts";
import { python } from "./python.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const spansOf = async (trace_id: string) =>
  (await app.get("/api/3.0/mlflow/traces/get", { trace_id })).body.trace.spans as {
    name: string;
    kind: string;
    parent_span_id?: string;
  }[];

/** Runs a script with nothing set but the tracking URI, and answers the JSON that it printed last. */
async function steps(version: "3.18.0" | "3.17.2" | "2.22.5", script: string) {
  const since = app.log.length;
  const output = await python(version, [resolve("test/acceptance", script)], { MLFLOW_TRACKING_URI: app.url });
  const failed = app.log.slice(since).filter(({ status }) => status >= 500);
  return { made: JSON.parse(output.trim().split("\n").at(-1)!), failed };
}

// Together: each waits more than it computes.
describe.concurrent("the stock client", () => {
  it.each([mlflowVersion, "3.17.2"] as const)(
    "%s: traces, searches, assesses, links, evaluates, deletes",
    async (version) => {
      const { made, failed } = await steps(version, "traces-client.py");
      expect(made.version).toBe(version);
      expect(failed).toEqual([]);
      const query = { request_id: made.attached, path: made.attachment };
      const { status, text } = await app.get("/ajax-api/3.0/mlflow/get-trace-artifact", query);
      expect([status, text.slice(1, 4)]).toEqual([200, "PNG"]);
    },
  );

  it("2.22.5: traces, searches, tags, deletes, by the second version of the routes", async () => {
    const { made, failed } = await steps("2.22.5", "traces-client-v2.py");
    expect(made.version).toBe("2.22.5");
    expect(failed).toEqual([]);
  });
});

describe("OpenTelemetry's exporter", () => {
  it("for Python sends spans by its environment variables alone", async () => {
    const experiment = await anExperiment(app);
    const output = await python("opentelemetry", [resolve("test/acceptance/traces-otlp.py")], {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${app.url}/v1/traces`,
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: `x-mlflow-experiment-id=${experiment}`,
    });
    const id = `tr-${output.trim()}`;
    const info = await theTrace(app, id);
    expect(info).toMatchObject({ state: "OK", trace_metadata: { "mlflow.trace.session": "talk" } });
    expect(info.tags).toMatchObject({ "service.name": "plain", deployment: "köln" });
    const [parent, child] = await spansOf(id);
    expect(parent).toMatchObject({ name: "parent", kind: "SPAN_KIND_INTERNAL" });
    expect(child).toMatchObject({ name: "child", kind: "SPAN_KIND_CLIENT", parent_span_id: expect.any(String) });
    expect(app.lastText()).toContain('"said","attributes":[{"key":"text","value":{"string_value":"ü 😀"}}]');
  });

  // No exporter for Python sends JSON: the body is made by the protocol's mapping.
  it("in JSON: ids are in hexadecimal digits, integers are texts", async () => {
    const experiment = await anExperiment(app);
    const traceId = randomUUID().replaceAll("-", "");
    const time = { startTimeUnixNano: "1795834980101937187", endTimeUnixNano: "1795834981101937189" };
    const attributes = [
      { key: "n", value: { intValue: "9007199254740993" } },
      { key: "list", value: { arrayValue: { values: [{ boolValue: true }, { doubleValue: 0.5 }] } } },
    ];
    const spans = [
      { traceId, spanId: "00000000000000aa", name: "root", kind: 2, ...time, attributes, status: { code: 1 } },
      { traceId, spanId: "00000000000000bb", parentSpanId: "00000000000000aa", name: "leaf", kind: 3, ...time },
    ];
    const { status, text } = await app.request("POST", "/v1/traces", {
      headers: { "content-type": "application/json", "x-mlflow-experiment-id": experiment },
      body: JSON.stringify({ resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: {}, spans }] }] }),
    });
    expect([status, text]).toEqual([200, "{}"]);
    expect((await spansOf(`tr-${traceId}`)).map(({ name, kind }) => [name, kind])).toEqual([
      ["root", "SPAN_KIND_SERVER"],
      ["leaf", "SPAN_KIND_CLIENT"],
    ]);
    for (const exact of ["1795834980101937187", "1795834981101937189", '"int_value":9007199254740993'])
      expect(app.lastText()).toContain(exact);
  });

  it("for Node sends chunks, and is told why they are refused", async () => {
    const experiment = await anExperiment(app);
    const since = app.log.length;
    const exporter = new OTLPTraceExporter({
      url: `${app.url}/v1/traces`,
      headers: { "x-mlflow-experiment-id": experiment },
    });
    const results: { code: number; error?: Error }[] = [];
    const processor = new SimpleSpanProcessor({
      export: (spans, done) => exporter.export(spans, (result) => done(results[results.push(result) - 1]!)),
      shutdown: () => exporter.shutdown(),
    });
    const provider = new BasicTracerProvider({ spanProcessors: [processor] });
    provider.getTracer("node").startSpan("lost").end();
    await provider.forceFlush().catch(() => {});
    await provider.shutdown();
    expect(results.map(({ code }) => code)).toEqual([1]);
    expect(JSON.stringify({ ...results[0]!.error })).toContain("Content-Length");
    expect(app.log.slice(since).map(({ status }) => status)).toEqual([411]);
    const body = { locations: [{ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experiment } }] };
    expect((await app.post("/api/3.0/mlflow/traces/search", body)).body.traces ?? []).toEqual([]);
  });
});

// What MLflow's JavaScript client asks, in its order.
describe("the calls of the JavaScript client", () => {
  const json = { "content-type": "application/json" };
  const call = (method: string, url: string, body?: string) => fetch(url, { method, headers: json, body });

  it("start a trace, put its spans beside it and get both back", async () => {
    const experiment_id = (
      (await (
        await call("POST", `${app.url}/api/2.0/mlflow/experiments/create`, JSON.stringify({ name: randomUUID() }))
      ).json()) as { experiment_id: string }
    ).experiment_id;
    const hex = randomUUID().replaceAll("-", "");
    const trace_id = `tr-${hex}`;
    const fields = {
      trace_id,
      request_preview: '{"q":"ü"}',
      trace_metadata: { "mlflow.trace_schema.version": "3", "mlflow.trace.sizeStats": '{"num_spans":1}' },
      tags: { "mlflow.traceName": "chat" },
    };
    const begun = await call(
      "POST",
      `${app.url}/api/3.0/mlflow/traces`,
      JSON.stringify(started(experiment_id, fields)),
    );
    expect(begun.status).toBe(200);
    const { trace } = (await begun.json()) as { trace: { trace_info: { tags: Record<string, string> } } };
    const location = new URL(trace.trace_info.tags["mlflow.artifactLocation"]!);
    const file = `${app.url}/api/2.0/mlflow-artifacts/artifacts${location.pathname}/traces.json`;
    const span = {
      trace_id: Buffer.from(hex, "hex").toString("base64"),
      span_id: Buffer.from("00000000000000aa", "hex").toString("base64"),
      parent_span_id: "",
      name: "chat",
      start_time_unix_nano: "TIME",
      end_time_unix_nano: "TIME",
      status: { code: "STATUS_CODE_OK", message: "" },
      attributes: { "mlflow.traceRequestId": JSON.stringify(trace_id), "mlflow.spanInputs": '{"q":"ü"}' },
      events: [],
      links: [],
    };
    const content = JSON.stringify({ spans: [span] }).replaceAll('"TIME"', "1795834980101937187");
    expect((await call("PUT", file, content)).status).toBe(200);
    const info = (await (await call("GET", `${app.url}/api/3.0/mlflow/traces/${trace_id}`)).json()) as typeof begun;
    expect(info).toMatchObject({ trace: { trace_info: { trace_id, state: "OK" } } });
    // fetch follows to the storage, with the client's own headers.
    const got = await call("GET", file);
    expect(got.redirected).toBe(true);
    expect(await got.text()).toBe(content);
    // Stock answers 500 to these: the spans are in no table.
    expect((await spansOf(trace_id)).map(({ name }) => name)).toEqual(["chat"]);
    expect(app.lastText()).toContain("1795834980101937187");
  });
});
