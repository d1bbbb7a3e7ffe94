/**
 * Records what OpenTelemetry's exporters for Node send to /v1/traces. They send it in chunks.
 *
 *     npm install @opentelemetry/sdk-trace-node @opentelemetry/resources @opentelemetry/exporter-trace-otlp-http \
 *       @opentelemetry/exporter-trace-otlp-proto
 *     node record.mjs > node.json
 */
import { createServer } from "node:http";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

const recorded = [];
const kept = ["content-type", "content-encoding", "transfer-encoding", "user-agent"];

const server = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const headers = Object.fromEntries(
    kept.flatMap((name) => (request.headers[name] ? [[name, request.headers[name]]] : [])),
  );
  recorded.push({ headers, body: Buffer.concat(pieces).toString("base64") });
  response.writeHead(200, { "content-type": request.headers["content-type"] }).end();
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${server.address().port}/v1/traces`;

for (const Exporter of [JsonExporter, ProtobufExporter])
  for (const compression of ["none", "gzip"]) {
    const provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ "service.name": "recorder", "process.command_args": ["a", "b"] }),
      spanProcessors: [new BatchSpanProcessor(new Exporter({ url, compression }))],
    });
    const tracer = provider.getTracer("recorder");
    const root = tracer.startSpan("request", {
      kind: SpanKind.SERVER,
      attributes: { "http.route": "/é", sizes: [1, 2], share: 0.5 },
    });
    const inside = trace.setSpan(context.active(), root);
    const child = tracer.startSpan(
      "query",
      { kind: SpanKind.CLIENT, links: [{ context: root.spanContext(), attributes: { n: 1 } }] },
      inside,
    );
    child.addEvent("rows", { count: 3 });
    // An error would have paths of this machine.
    child.recordException({ name: "Error", message: "no such thing" });
    child.setStatus({ code: SpanStatusCode.ERROR, message: "no such thing" });
    child.end();
    root.end();
    await provider.forceFlush();
    await provider.shutdown();
  }

server.close();
console.log(JSON.stringify(recorded, undefined, 1));
