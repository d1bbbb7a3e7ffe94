/**
 * OpenTelemetry's providers and exporters: a file of its own beside the bundle, loaded only where telemetry is sent. So
 * it imports no module that remembers anything, and is given what it needs of those.
 */
import type { TokenCredential } from "@azure/identity";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, BatchSpanProcessor, type SpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { Config } from "../config.ts";
import { exportersOf } from "./exporters.ts";
import { countingWith, type Observed } from "./metrics.ts";
import type { Destinations } from "./settings.ts";
import { tracingWith } from "./spans.ts";
import type { Ended } from "./telemetry.ts";

/** What takes requests that have ended, and sends their spans and metrics. */
export interface Exporting {
  add(ended: Ended): void;
  /** Sends what there is. */
  flush(): Promise<void>;
}

export interface Given extends Observed {
  config: Config;
  destinations: Destinations;
  /** The app's Entra identity. */
  identity(clientId?: string): Promise<TokenCredential>;
  /** Is told what could not be sent. */
  failed(where: string, error: Error | undefined): void;
}

/** @throws Error where a connection string is wrong */
export async function startExporting({
  config,
  destinations,
  identity,
  failed,
  ...observed
}: Given): Promise<Exporting> {
  const resource = resourceOf(config);
  const { spans, metrics } = await exportersOf(destinations, identity, failed);
  const spanProcessors = spans.map((exporter): SpanProcessor => new BatchSpanProcessor(exporter));
  const { interval } = destinations;
  const exportTimeoutMillis = Math.min(interval, 30_000);
  const readers = metrics.map(
    (exporter) => new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: interval, exportTimeoutMillis }),
  );
  const tracers = new BasicTracerProvider({ resource, spanProcessors });
  const meters = new MeterProvider({ resource, readers });
  const trace = tracingWith(tracers.getTracer(scope));
  const count = countingWith(meters.getMeter(scope), observed);
  return {
    add(ended) {
      count(ended);
      if (ended.share !== undefined && spans.length > 0) trace(ended);
    },
    async flush() {
      await Promise.all([tracers.forceFlush(), meters.forceFlush()]);
    },
  };
}

const scope = "mlflow-functions";

/** OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go before what the platform says. */
function resourceOf({ WEBSITE_SITE_NAME: site, WEBSITE_INSTANCE_ID: instance }: Config) {
  const platform = { "service.name": site ?? scope, ...(instance && { "service.instance.id": instance }) };
  return resourceFromAttributes(platform).merge(detectResources({ detectors: [envDetector] }));
}
