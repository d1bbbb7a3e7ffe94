import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it, type MockInstance, vi } from "vitest";
import { type App, startApp } from "../support/app.ts";
import { ArtifactsClient, aDestination } from "../support/artifacts.ts";
import { aCollector, arrived, type Collector, otlpTo } from "../support/collector.ts";
import { keepEnvironment } from "../support/environment.ts";

keepEnvironment();

/** Base64, so that it is a key too. */
const secret = Buffer.from(`Geheim${randomBytes(12).toString("hex")}`).toString("base64");
const password = `pass-${secret}`;
const encoded = Buffer.from(`someone:${password}`).toString("base64");
const everything = { MLFLOW_FUNCTIONS_LOG_SAMPLE: "1", MLFLOW_FUNCTIONS_TRACE_SAMPLE: "1" };

let collector: Collector;
let printed: MockInstance[];
beforeAll(async () => {
  collector = await aCollector();
});
afterAll(() => collector.close());
beforeEach(() => {
  printed = (["log", "info", "warn", "error"] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation(() => {}),
  );
});
afterEach(() => vi.restoreAllMocks());

/** All that an app wrote to its log, printed and sent, after its end. */
async function toldBy(
  settings: Record<string, string>,
  work: (app: App) => Promise<unknown>,
  sent = () => arrived(collector, "/v1/metrics", "/v1/traces"),
): Promise<string> {
  collector.sent.length = 0;
  const app = await startApp({ ...everything, ...otlpTo(collector), ...settings });
  await work(app).finally(() => app.close());
  await sent();
  return [...app.lines, ...told(), ...collector.sent.map(({ path, body }) => path + body)].join("\n");
}

const told = () => printed.flatMap(({ mock }) => mock.calls.map((args) => args.join(" ")));
const failure = "Telemetry could not be sent to the OTLP endpoint";

function expectNoSecret(told: string): void {
  for (const text of [secret, encodeURIComponent(secret), encoded, password]) expect(told).not.toContain(text);
}

it("nothing of a request's headers, path, query and body is told", async () => {
  const json = { "content-type": "application/json" };
  const sas = `https://account.blob.core.windows.net/c/b?sv=2025-11-05&sig=${encodeURIComponent(secret)}`;
  const requests: [string, string, Record<string, string>, object?][] = [
    ["GET", "experiments/get?experiment_id=0", { authorization: `Basic ${encoded}` }],
    ["GET", "experiments/get?experiment_id=0", { authorization: `Bearer ${secret}`, cookie: `session=${secret}` }],
    ["GET", "experiments/get?experiment_id=0", { authorization: `Basic ${secret}`, "x-forwarded-for": secret }],
    ["GET", `experiments/${secret}?token=${secret}`, { authorization: `Basic ${encoded}` }],
    ["GET", `experiments/get?experiment_id=0&sig=${secret}`, { authorization: `Basic ${encoded}`, "x-key": secret }],
    ["POST", "experiments/create", { authorization: `Basic ${encoded}` }, { name: "one", artifact_location: sas }],
    ["POST", "registered-models/create", { authorization: `Basic ${encoded}` }, { name: "model" }],
    ["POST", "model-versions/create", { authorization: `Basic ${encoded}` }, { name: "model", source: sas }],
    [
      "POST",
      "runs/create",
      { authorization: `Basic ${encoded}` },
      { experiment_id: "0", tags: [{ key: "k", value: secret }] },
    ],
    ["POST", "runs/create", { authorization: `Basic ${encoded}` }, { experiment_id: secret }],
  ];
  const settings = { ...aDestination(), MLFLOW_FUNCTIONS_AUTH: "basic", MLFLOW_AUTH_ADMIN_USERNAME: "someone" };
  const told = await toldBy({ ...settings, MLFLOW_AUTH_ADMIN_PASSWORD: password }, async (app) => {
    for (const [method, path, headers, body] of requests)
      await app.request(method, `/api/2.0/mlflow/${path}`, {
        headers: { ...headers, ...(body && json) },
        ...(body && { body: JSON.stringify(body) }),
      });
    expect(app.lines.filter((line) => line.includes('"route"'))).toHaveLength(requests.length);
  });
  expect(told).toContain("/v1/traces");
  expect(told).toContain('"user":"someone"');
  expectNoSecret(told);
});

it("a database that is away is told of without its password", async () => {
  const told = await toldBy(
    { MLFLOW_BACKEND_STORE_URI: `postgresql://someone:${encodeURIComponent(password)}@127.0.0.1:1/db` },
    (app) => app.get("/api/2.0/mlflow/experiments/get", { experiment_id: "0" }),
  );
  expect(told).toMatch(/"route":"GET 2.0\/mlflow\/experiments\/get","status":429/);
  expectNoSecret(told);
});

it("a storage that refuses is told of without its key and any SAS", async () => {
  const storage = inject("storage").replace(/AccountKey=[^;]*/, `AccountKey=${secret}`);
  const settings = { ...aDestination(), AZURE_STORAGE_CONNECTION_STRING: storage, AzureWebJobsStorage: storage };
  const told = await toldBy(settings, async (app) => {
    const client = new ArtifactsClient(app.url);
    await client.create("secrets", "a.bin", 1);
    await app.request("PUT", "/api/2.0/mlflow-artifacts/artifacts/b.bin", { body: secret });
  });
  expect(told).toContain('"status":503');
  expect(told).not.toMatch(/sig=|AccountKey/);
  expectNoSecret(told);
});

it("a collector that is away is told of without what it is sent with", async () => {
  const settings = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://someone:${encodeURIComponent(secret)}@127.0.0.1:1`,
    OTEL_EXPORTER_OTLP_HEADERS: `api-key=${encodeURIComponent(secret)}`,
    OTEL_EXPORTER_OTLP_TIMEOUT: "500",
  };
  const isTold = () => expect.poll(told, { timeout: 50_000 }).toContainEqual(expect.stringContaining(failure));
  expectNoSecret(await toldBy(settings, (app) => app.get("/health"), isTold));
});
