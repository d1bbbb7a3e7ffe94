import { InvocationContext } from "@azure/functions";
import { ExportResultCode } from "@opentelemetry/core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { parseConfig } from "../../shared/platform/config.ts";
import { RequestUrl } from "../../shared/platform/http/url.ts";
import { guarded } from "../../shared/platform/telemetry/guarded.ts";
import { Telemetry } from "../../shared/platform/telemetry/telemetry.ts";
import { Timings } from "../../shared/platform/telemetry/timings.ts";
import { startApp } from "../support/app.ts";
import { aCollector, arrived, type Collector, otlpTo, pointsAt } from "../support/collector.ts";
import { keepEnvironment } from "../support/environment.ts";

keepEnvironment();

let collector: Collector;
beforeAll(async () => {
  collector = await aCollector();
});
afterAll(() => collector.close());

const soon = { OTEL_BSP_SCHEDULE_DELAY: "100", OTEL_METRIC_EXPORT_INTERVAL: "1000" };

describe("a collector that is away", () => {
  it("is told of once a minute, and requests are answered", async () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1", OTEL_EXPORTER_OTLP_TIMEOUT: "300" };
    const app = await startApp({ ...endpoint, ...soon, MLFLOW_FUNCTIONS_TRACE_SAMPLE: "1" });
    const told = () => warned.mock.calls.flat().filter((text) => String(text).includes("could not be sent"));
    for (let request = 0; told().length === 0 && request < 400; request++) {
      expect((await app.get("/health")).status).toBe(200);
      await new Promise((done) => setTimeout(done, 100));
    }
    await app.close();
    expect(new Set(told()).size).toBe(told().length);
    expect(told()[0]).toMatch(/^Telemetry could not be sent to the OTLP endpoint: ./);
    vi.restoreAllMocks();
  });
});

const ended = (telemetry: Telemetry) => {
  const request = {
    method: "GET",
    url: RequestUrl.of("http://a/")!,
    header: () => undefined,
    bytes: async () => Buffer.of(),
  };
  const invocation = new InvocationContext({ functionName: "runs", invocationId: "of-the-test" });
  const answered = { route: "GET x", status: 200, milliseconds: 1, user: undefined, errorCode: undefined };
  telemetry.add(request, invocation, answered, new Timings());
};

it("before the exporters are loaded only so many requests are kept", async () => {
  Object.assign(process.env, otlpTo(collector));
  const telemetry = Telemetry.of(parseConfig(otlpTo(collector)), () => ({}))!;
  for (let request = 0; request < 5_000; request++) ended(telemetry);
  await telemetry.flush();
  await arrived(collector, "/v1/metrics");
  expect(pointsAt(collector, "http.server.request.duration").map(({ count }) => Number(count))).toEqual([1_000]);
});

it("only so much is under way; what comes meanwhile is refused, and may come again afterwards", () => {
  const underWay: (() => void)[] = [];
  const failures: unknown[] = [];
  const exporter = guarded(
    {
      export(_: string, done: (result: { code: ExportResultCode }) => void) {
        underWay.push(() => done({ code: ExportResultCode.SUCCESS }));
      },
    },
    (error) => failures.push(error),
  );
  const codes: ExportResultCode[] = [];
  const send = () => exporter.export("spans", ({ code }) => codes.push(code));
  for (let batch = 0; batch < 10; batch++) send();
  expect([underWay.length, failures.length, codes.length]).toEqual([4, 6, 6]);
  for (const finish of underWay.splice(0)) {
    finish();
    finish();
  }
  expect(codes).toHaveLength(10);
  send();
  expect(underWay).toHaveLength(1);
});

describe("a collector that takes what is sent and says nothing", () => {
  it("keeps no request waiting, and not the app's end", async () => {
    collector.mode = "silence";
    collector.sent.length = 0;
    const before = collector.asked;
    const app = await startApp({ ...otlpTo(collector), ...soon, MLFLOW_FUNCTIONS_TRACE_SAMPLE: "1" });
    const asked = () => app.get("/api/2.0/mlflow/experiments/get", { experiment_id: "0" });
    expect((await asked()).status).toBe(200);
    await expect.poll(() => collector.asked, { timeout: 50_000 }).toBeGreaterThan(before);
    for (let request = 0; request < 20; request++) expect((await asked()).status).toBe(200);
    await app.close();
    // Until now it has answered nothing.
    expect([collector.mode, collector.sent]).toEqual(["silence", []]);
    collector.mode = "answers";
  });
});
