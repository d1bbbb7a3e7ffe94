import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { generate } from "selfsigned";
import { expect } from "vitest";

/** What was sent to a collector. */
export interface Sent {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Collector {
  url: string;
  sent: Sent[];
  /** How many requests began, also those that get no answer. */
  asked: number;
  /** `silence`: it takes requests and answers none. */
  mode: "answers" | "silence";
  close(): Promise<void>;
}

export type Attributes = Record<string, string | number | undefined>;

export interface Span {
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  status: { code: number };
  attributes: Attributes;
}

export interface Point {
  attributes: Attributes;
  /** Of a histogram. */
  count?: number;
  asInt?: number | string;
  asDouble?: number;
}

/**
 * Takes what OpenTelemetry's exporters send, and what Application Insights' does.
 * @param tls with a certificate of its own, so that this process checks no certificates from now on
 */
export async function aCollector(tls = false): Promise<Collector> {
  const listener: RequestListener = (request, response) => {
    collector.asked += 1;
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      if (collector.mode === "silence") return;
      const bytes = Buffer.concat(chunks);
      const body = (request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString();
      collector.sent.push({ path: request.url ?? "", headers: request.headers, body });
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ itemsReceived: 1, itemsAccepted: 1, errors: [] }));
    });
  };
  const server = tls ? createTlsServer(ownCertificate(), listener) : createServer(listener);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const collector: Collector = {
    url: `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: [],
    asked: 0,
    mode: "answers",
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
  return collector;
}

function ownCertificate() {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  const made = generate([{ name: "commonName", value: "127.0.0.1" }], { days: 1, keySize: 2048 });
  return { key: made.private, cert: made.cert };
}

const patience = { timeout: 50_000, interval: 100 };

/** Waits until something was sent to each of these paths. */
export const arrived = async ({ sent }: Collector, ...paths: string[]): Promise<void> => {
  for (const path of paths) await expect.poll(() => sent.map((each) => each.path), patience).toContain(path);
};

/** What has an app send to a collector, as JSON. */
export const otlpTo = ({ url }: Collector): Record<string, string> => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
});

type Pair = { key: string; value: { stringValue?: string; intValue?: number } };

const attributesOf = (pairs: Pair[]): Attributes =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));

const bodiesOf = ({ sent }: Collector, path: string) =>
  sent.filter((each) => each.path === path).map(({ body }) => JSON.parse(body));

/** All spans that were sent by OTLP. */
export const spansAt = (collector: Collector): Span[] =>
  bodiesOf(collector, "/v1/traces")
    .flatMap(({ resourceSpans }) => resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans)
    .map((span) => ({ ...span, attributes: attributesOf(span.attributes) }));

/** The last points of a metric that were sent by OTLP. */
export function pointsAt(collector: Collector, name: string): Point[] {
  const metrics = bodiesOf(collector, "/v1/metrics")
    .flatMap(({ resourceMetrics }) => resourceMetrics)
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap((scope) => scope.metrics)
    .filter((metric) => metric.name === name);
  const { histogram, sum, gauge } = metrics.at(-1) ?? {};
  const points = (histogram ?? sum ?? gauge)?.dataPoints ?? [];
  return points.map((point: { attributes: Pair[] }) => ({ ...point, attributes: attributesOf(point.attributes) }));
}
