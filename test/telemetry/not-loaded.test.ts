import { createRequire } from "node:module";
import { basename } from "node:path";
import { expect, it } from "vitest";
import { startApp } from "../support/app.ts";
import { ArtifactsClient, aDestination } from "../support/artifacts.ts";
import { aCollector, arrived, otlpTo } from "../support/collector.ts";

const { cache } = createRequire(import.meta.url);
const loaded = () =>
  Object.keys(cache)
    .filter((path) => path.includes("/dist/lib/"))
    .map((path) => basename(path));

it("OpenTelemetry is loaded where telemetry is sent, and nowhere else", async () => {
  const plain = await startApp(aDestination());
  expect((await plain.get("/api/2.0/mlflow/experiments/get", { experiment_id: "0" })).status).toBe(200);
  await new ArtifactsClient(plain.url).create("loading", "a.bin", 1);
  await plain.close();
  expect(loaded()).toContain("azure.cjs");
  expect(loaded()).not.toContain("telemetry.cjs");
  const collector = await aCollector();
  const app = await startApp(otlpTo(collector));
  await app.get("/health");
  await app.close();
  await arrived(collector, "/v1/metrics");
  expect(loaded()).toContain("telemetry.cjs");
  await collector.close();
});
