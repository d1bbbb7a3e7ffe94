import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { InvocationContext } from "@azure/functions";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseConfig } from "../../shared/platform/config.ts";
import { RequestUrl } from "../../shared/platform/http/url.ts";
import { Telemetry } from "../../shared/platform/telemetry/telemetry.ts";
import { Timings } from "../../shared/platform/telemetry/timings.ts";
import { aCollector, arrived, type Collector } from "../support/collector.ts";

const key = "00000000-0000-0000-0000-000000000001";
const clientId = "11111111-2222-3333-4444-555555555555";
const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

let collector: Collector;
let identity: Server;
const tokensAsked: string[] = [];

beforeAll(async () => {
  collector = await aCollector(true);
  // The managed identity's endpoint of Azure Functions.
  identity = createServer((request, response) => {
    tokensAsked.push(request.url!);
    const expires_on = Math.floor(Date.now() / 1000) + 3600;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ access_token: "a-token", expires_on, token_type: "Bearer", resource: "x" }));
  });
  await new Promise<void>((done) => identity.listen(0, "127.0.0.1", done));
  process.env.IDENTITY_ENDPOINT = `http://127.0.0.1:${(identity.address() as AddressInfo).port}/token`;
  process.env.IDENTITY_HEADER = "header";
});
afterAll(async () => {
  identity.close();
  await collector.close();
});

interface Envelope {
  name: string;
  iKey: string;
  sampleRate: number;
  tags: Record<string, string>;
  data: { baseType: string; baseData: Record<string, unknown> };
}

const envelopes = () =>
  collector.sent
    .filter(({ path }) => path.endsWith("/track"))
    .flatMap(({ body }): Envelope[] =>
      body.startsWith("[") ? JSON.parse(body) : body.split("\n").map((line) => JSON.parse(line)),
    );

const request = {
  method: "GET",
  url: RequestUrl.of("http://app.example/api/2.0/mlflow/experiments/get")!,
  header: () => undefined,
  bytes: async () => new Uint8Array(),
};

it("Application Insights gets a request as a part of the host's, by the app's identity", async () => {
  const config = parseConfig({
    APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=${key};IngestionEndpoint=${collector.url}/`,
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: `ClientId=${clientId};Authorization=AAD`,
    MLFLOW_FUNCTIONS_TRACE_SAMPLE: "0.9999",
    WEBSITE_SITE_NAME: "func-mlflow",
  });
  const telemetry = Telemetry.of(config, () => ({}))!;
  const timings = new Timings();
  timings.operations = [];
  await timings.during("database", "read", () => new Promise((done) => setTimeout(done, 5)));
  const traceContext = { traceParent: `00-${traceId}-${spanId}-00`, traceState: "", attributes: {} };
  const invocation = new InvocationContext({ functionName: "experiments", invocationId: "of-the-test", traceContext });
  const route = "GET 2.0/mlflow/experiments/get";
  const answered = { route, status: 200, milliseconds: timings.milliseconds, user: "someone", errorCode: undefined };
  telemetry.add(request, invocation, answered, timings);
  await telemetry.flush();
  await expect
    .poll(() => new Set(envelopes().map(({ data }) => data.baseType)), { timeout: 50_000 })
    .toEqual(new Set(["RemoteDependencyData", "MetricData"]));
  await arrived(collector);
  const [token] = tokensAsked;
  expect(token).toContain(encodeURIComponent("https://monitor.azure.com"));
  expect(token).toContain(clientId);
  expect(collector.sent.map(({ headers }) => headers.authorization)).toContain("Bearer a-token");
  const spans = envelopes().filter(({ data }) => data.baseType === "RemoteDependencyData");
  const [statement, whole] = ["postgresql read", route].map(
    (name) => spans.find(({ data }) => data.baseData.name === name)!,
  );
  expect(whole!.data.baseData).toMatchObject({ type: "InProc", success: true });
  expect(whole!.tags).toMatchObject({
    "ai.operation.id": traceId,
    "ai.operation.parentId": spanId,
    "ai.cloud.role": "func-mlflow",
  });
  expect(whole!.sampleRate).toBeCloseTo(99.99);
  expect(statement!.data.baseData).toMatchObject({ type: "postgresql" });
  expect(statement!.tags).toMatchObject({
    "ai.operation.id": traceId,
    "ai.operation.parentId": whole!.data.baseData.id,
  });
  expect(new Set(envelopes().map(({ iKey }) => iKey))).toEqual(new Set([key]));
  const metrics = envelopes().filter(({ data }) => data.baseType === "MetricData");
  expect(JSON.stringify(metrics)).toContain("http.server.request.duration");
});

it("a connection string that is wrong costs the telemetry, and nothing throws", async () => {
  const telemetry = Telemetry.of(parseConfig({ APPLICATIONINSIGHTS_CONNECTION_STRING: "nonsense" }), () => ({}))!;
  const invocation = new InvocationContext({ functionName: "experiments", invocationId: "of-the-test" });
  const answered = { route: undefined, status: 404, milliseconds: 1, user: undefined, errorCode: undefined };
  telemetry.add(request, invocation, answered, new Timings());
  await expect(telemetry.flush()).resolves.toBeUndefined();
});

it("an authentication by other means is not tried", () => {
  const APPLICATIONINSIGHTS_CONNECTION_STRING = `InstrumentationKey=${key}`;
  const settings = { APPLICATIONINSIGHTS_CONNECTION_STRING, APPLICATIONINSIGHTS_AUTHENTICATION_STRING: "ClientId=x" };
  expect(Telemetry.of(parseConfig(settings), () => ({}))).toBeUndefined();
});
