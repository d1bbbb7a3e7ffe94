import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { aRun } from "../factories.ts";
import { type App, startApp } from "../support/app.ts";
import { ArtifactsClient, aDestination } from "../support/artifacts.ts";
import {
  aCollector,
  arrived,
  type Collector,
  otlpTo,
  type Point,
  pointsAt,
  type Span,
  spansAt,
} from "../support/collector.ts";
import { keepEnvironment } from "../support/environment.ts";
import { TestTables } from "../support/tables.ts";

keepEnvironment();

const server = 2;
const client = 3;
const failed = 2;
const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

let collector: Collector;
beforeAll(async () => {
  collector = await aCollector();
});
afterAll(() => collector.close());
let asked = 0;
beforeEach(() => {
  collector.sent.length = 0;
  asked = collector.asked;
});

/** Starts an app, works with it and ends it, and waits until something was sent to these paths. */
async function sentBy(
  settings: Record<string, string>,
  work: (app: App) => Promise<unknown>,
  paths = ["/v1/metrics"],
): Promise<void> {
  const app = await startApp({ ...otlpTo(collector), ...settings });
  await work(app).finally(() => app.close());
  await arrived(collector, ...paths);
}

async function spansOf(...[settings, work]: Parameters<typeof sentBy>): Promise<Span[]> {
  await sentBy(settings, work, ["/v1/metrics", "/v1/traces"]);
  return spansAt(collector);
}

const numberOf = ({ asInt, asDouble }: Point) => Number(asInt ?? asDouble);

const experiment = (app: App, id: string) => app.get("/api/2.0/mlflow/experiments/get", { experiment_id: id });

describe("spans", () => {
  it("are one of the request, and one of each thing that it waited for", async () => {
    const tables = new TestTables();
    const settings = { ...aDestination(), ...tables.settings, MLFLOW_FUNCTIONS_TRACE_SAMPLE: "1" };
    const spans = await spansOf(settings, async (app) => {
      await experiment(app, "0");
      await app.post("/api/2.0/mlflow/experiments/create", { name: "of a span" });
      await new ArtifactsClient(app.url).create("spans", "a.bin", 1);
    });
    const roots = spans.filter(({ parentSpanId }) => !parentSpanId);
    expect(roots.map(({ name, kind }) => [name, kind])).toEqual([
      ["GET 2.0/mlflow/experiments/get", server],
      ["POST 2.0/mlflow/experiments/create", server],
      ["POST 2.0/mlflow-artifacts/mpu/create/**:artifact_path", server],
    ]);
    expect(roots[0]!.attributes).toEqual({
      "http.request.method": "GET",
      "http.response.status_code": 200,
      "http.route": "2.0/mlflow/experiments/get",
      "faas.invocation_id": expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    const within = (root: Span) => spans.filter(({ parentSpanId }) => parentSpanId === root.spanId);
    expect(within(roots[0]!).map(({ name, kind }) => [name, kind])).toEqual([["postgresql read", client]]);
    expect(within(roots[1]!).map(({ name }) => name)).toContainEqual(expect.stringMatching(/^postgresql /));
    expect(within(roots[2]!).map(({ name }) => name)).toEqual(
      expect.arrayContaining(["blob ensure container", "table call"]),
    );
    for (const root of roots) for (const span of within(root)) expect(span.traceId).toBe(root.traceId);
  });

  it("belong to the caller's span, and are sent where the caller's are, whatever the share", async () => {
    const spans = await spansOf(
      { MLFLOW_FUNCTIONS_TRACE_SAMPLE: "0", MLFLOW_FUNCTIONS_LOG_SLOW_MS: "230000" },
      async (app) => {
        for (const flags of ["01", "00"])
          await app.request("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0", {
            headers: { traceparent: `00-${traceId}-${flags === "01" ? spanId : spanId.replace("b7", "c8")}-${flags}` },
          });
        await experiment(app, "0");
        await app.request("GET", "/health", { headers: { traceparent: `00-${"0".repeat(32)}-${spanId}-01` } });
      },
    );
    expect(spans.map(({ name, parentSpanId }) => [name, parentSpanId])).toContainEqual([
      "GET 2.0/mlflow/experiments/get",
      spanId,
    ]);
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    expect(spans.filter(({ kind }) => kind === server)).toHaveLength(1);
  });

  it("are sent of what failed, whatever the share", async () => {
    const settings = { MLFLOW_FUNCTIONS_TRACE_SAMPLE: "0", MLFLOW_FUNCTIONS_LOG_SLOW_MS: "230000" };
    const spans = await spansOf(settings, async (app) => {
      await experiment(app, "77");
      await app.request("GET", "/api/2.0/mlflow/experiments/get", { headers: { "x-mlflow-workspace": "other" } });
    });
    expect(spans.map(({ attributes, status }) => [attributes["error.type"], status.code])).toEqual([
      ["FEATURE_DISABLED", failed],
    ]);
  });
});

describe("metrics", () => {
  it("count all requests by route and status, also those that no span is sent of", async () => {
    await sentBy({ MLFLOW_FUNCTIONS_TRACE_SAMPLE: "0" }, async (app) => {
      for (const id of ["0", "0", "77"]) await experiment(app, id);
    });
    const counts = pointsAt(collector, "http.server.request.duration").map(({ attributes, count }) => [
      attributes["http.route"],
      attributes["http.response.status_code"],
      attributes["error.type"],
      Number(count),
    ]);
    expect(counts).toEqual([
      ["2.0/mlflow/experiments/get", 200, undefined, 2],
      ["2.0/mlflow/experiments/get", 404, "RESOURCE_DOES_NOT_EXIST", 1],
    ]);
  });

  it("tell of statements, storage, the pool and the ledger's open uploads", async () => {
    const tables = new TestTables();
    await sentBy({ ...aDestination(), ...tables.settings }, async (app) => {
      await experiment(app, "0");
      await new ArtifactsClient(app.url).create("metrics", "a.bin", 1);
      await app.runTimer("clean-up");
    });
    const [statements] = pointsAt(collector, "db.client.operation.duration");
    expect(statements).toMatchObject({ attributes: { "db.operation.name": "read" } });
    const services = pointsAt(collector, "mlflow.storage.operation.duration").map(
      ({ attributes }) => attributes["mlflow.storage.service"],
    );
    expect(services).toEqual(expect.arrayContaining(["blob", "table"]));
    const connections = pointsAt(collector, "db.client.connection.count");
    expect(connections.map(({ attributes }) => attributes["db.client.connection.state"]).sort()).toEqual([
      "idle",
      "used",
    ]);
    expect(connections[0]!.attributes["db.client.connection.pool.name"]).toBe("primary");
    expect(pointsAt(collector, "db.client.connection.pending_requests").map(numberOf)).toEqual([0]);
    expect(pointsAt(collector, "mlflow.uploads.open").map(numberOf)).toEqual([1]);
  });

  it("tell of what was rejected", async () => {
    const away = { MLFLOW_BACKEND_STORE_URI: "postgresql://someone@127.0.0.1:1/db" };
    await sentBy(away, (app) => experiment(app, "0"));
    const [rejected] = pointsAt(collector, "mlflow.requests.rejected");
    expect(rejected?.attributes).toMatchObject({ "http.response.status_code": 429 });
  });

  it("tell of what was tried again", async () => {
    await sentBy({}, async (app) => {
      const run_id = await aRun(app);
      // A serialisation failure, once.
      await app.db.query(`
        CREATE SEQUENCE tries;
        CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN IF nextval('tries') = 1 THEN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER once BEFORE INSERT ON params FOR EACH ROW EXECUTE FUNCTION fail_once();`);
      const answer = await app.post("/api/2.0/mlflow/runs/log-parameter", { run_id, key: "a", value: "b" });
      expect(answer.status).toBe(200);
    });
    expect(pointsAt(collector, "mlflow.retries").map(numberOf)).toEqual([1]);
  });
});

it("it is protobuf where nothing else is asked for", async () => {
  const app = await startApp({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, MLFLOW_FUNCTIONS_TRACE_SAMPLE: "1" });
  await experiment(app, "0").finally(() => app.close());
  await arrived(collector, "/v1/metrics", "/v1/traces");
  const sent = collector.sent.map(({ path, headers, body }) => [
    path,
    headers["content-type"],
    body.includes("experiments/get"),
  ]);
  expect(sent.sort()).toEqual([
    ["/v1/metrics", "application/x-protobuf", true],
    ["/v1/traces", "application/x-protobuf", true],
  ]);
});

it.each<Record<string, string>>([
  { OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317" },
  { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" },
  { OTEL_SDK_DISABLED: "true" },
])("with %o nothing is sent, and the app serves", async (wrong) => {
  const serves = async (app: App) => expect((await experiment(app, "0")).status).toBe(200);
  await sentBy({ MLFLOW_FUNCTIONS_TRACE_SAMPLE: "1", ...wrong }, serves, []);
  expect(collector.asked).toBe(asked);
});
