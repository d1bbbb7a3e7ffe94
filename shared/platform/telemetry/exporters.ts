/** The exporters that settings ask for. */
import type { AzureMonitorExporterOptions } from "@azure/monitor-opentelemetry-exporter";
import type { PushMetricExporter } from "@opentelemetry/sdk-metrics";
import type { SpanExporter } from "@opentelemetry/sdk-trace-base";
import type { Given } from "./exporting.ts";
import { guarded } from "./guarded.ts";
import type { ApplicationInsights, Destinations, OtlpProtocol } from "./settings.ts";

interface Exporters {
  spans: SpanExporter[];
  metrics: PushMetricExporter[];
}

/** @throws Error where the connection string is wrong */
export async function exportersOf(
  { traces, metrics, applicationInsights }: Destinations,
  identity: Given["identity"],
  failed: Given["failed"],
): Promise<Exporters> {
  const exporters: Exporters = { spans: [], metrics: [] };
  const toOtlp = (error: Error | undefined) => failed("the OTLP endpoint", error);
  if (traces) exporters.spans.push(guarded(await otlpSpans(traces), toOtlp));
  if (metrics) exporters.metrics.push(guarded(await otlpMetrics(metrics), toOtlp));
  if (applicationInsights) {
    const toAzure = (error: Error | undefined) => failed("Application Insights", error);
    const azure = await toApplicationInsights(applicationInsights, identity);
    exporters.spans.push(guarded(azure.spans, toAzure));
    exporters.metrics.push(guarded(azure.metrics, toAzure));
  }
  return exporters;
}

// Address, headers, certificates and time limits are in OTEL_EXPORTER_OTLP_*, which these read themselves.
async function otlpSpans(protocol: OtlpProtocol): Promise<SpanExporter> {
  const { OTLPTraceExporter } =
    protocol === "http/json"
      ? await import("@opentelemetry/exporter-trace-otlp-http")
      : await import("@opentelemetry/exporter-trace-otlp-proto");
  return new OTLPTraceExporter();
}

async function otlpMetrics(protocol: OtlpProtocol): Promise<PushMetricExporter> {
  const { OTLPMetricExporter } =
    protocol === "http/json"
      ? await import("@opentelemetry/exporter-metrics-otlp-http")
      : await import("@opentelemetry/exporter-metrics-otlp-proto");
  return new OTLPMetricExporter();
}

async function toApplicationInsights(
  { connectionString, identity: signIn }: ApplicationInsights,
  identity: Given["identity"],
) {
  // Else the exporter sends metrics about itself to Microsoft, and keeps timers of its own for that.
  process.env.APPLICATION_INSIGHTS_NO_STATSBEAT ??= "true";
  const { AzureMonitorMetricExporter, AzureMonitorTraceExporter } = await import(
    "@azure/monitor-opentelemetry-exporter"
  );
  const options: AzureMonitorExporterOptions = {
    connectionString,
    credential: signIn && (await identity(signIn.clientId)),
    // Files of an instance that goes away are of no use.
    disableOfflineStorage: true,
    retryOptions: { maxRetries: 1 },
    additionalPolicies: [{ policy: limitEachTry, position: "perRetry" }],
  };
  return { spans: new AzureMonitorTraceExporter(options), metrics: new AzureMonitorMetricExporter(options) };
}

const tryLimit = 10_000;

const limitEachTry: NonNullable<AzureMonitorExporterOptions["additionalPolicies"]>[number]["policy"] = {
  name: "limitEachTry",
  sendRequest(request, next) {
    request.abortSignal ??= AbortSignal.timeout(tryLimit);
    return next(request);
  },
};
