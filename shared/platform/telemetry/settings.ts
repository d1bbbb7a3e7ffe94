import * as z from "zod";

const text = z.string().optional();

/**
 * Where telemetry goes, under the names that the Functions host and OpenTelemetry have for it. They are set for others
 * too, so a wrong one costs the telemetry and not the app.
 */
export const telemetrySettings = {
  APPLICATIONINSIGHTS_CONNECTION_STRING: text,
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: text,
  OTEL_EXPORTER_OTLP_ENDPOINT: text,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: text,
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: text,
  OTEL_EXPORTER_OTLP_PROTOCOL: text,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: text,
  OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: text,
  OTEL_METRIC_EXPORT_INTERVAL: text,
  OTEL_SDK_DISABLED: text,
};

type Settings = { [Name in keyof typeof telemetrySettings]?: string | undefined };

const protocols = ["http/protobuf", "http/json"] as const;

/** What a signal is sent as. */
export type OtlpProtocol = (typeof protocols)[number];

/** Where telemetry goes. */
export interface Destinations {
  /** Undefined for a signal that is not sent by OTLP. */
  traces: OtlpProtocol | undefined;
  metrics: OtlpProtocol | undefined;
  applicationInsights: ApplicationInsights | undefined;
  /** Milliseconds between two exports of metrics. */
  interval: number;
  /** What is wrong with settings, by their names. */
  problems: string[];
}

export interface ApplicationInsights {
  connectionString: string;
  /** The identity to sign in with, by its client id where the default one is not meant; undefined: none is needed. */
  identity: { clientId: string | undefined } | undefined;
}

/** Undefined where no setting says where to. */
export function destinationsOf(settings: Settings): Destinations | undefined {
  if (settings.OTEL_SDK_DISABLED?.toLowerCase() === "true") return undefined;
  const problems: string[] = [];
  const traces = otlp(settings, "TRACES", problems);
  const metrics = otlp(settings, "METRICS", problems);
  const applicationInsights = azure(settings, problems);
  if (!traces && !metrics && !applicationInsights && problems.length === 0) return undefined;
  return { traces, metrics, applicationInsights, interval: interval(settings, problems), problems };
}

function otlp(settings: Settings, signal: "TRACES" | "METRICS", problems: string[]): OtlpProtocol | undefined {
  const own = `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT` as const;
  const endpointName = settings[own] ? own : "OTEL_EXPORTER_OTLP_ENDPOINT";
  const endpoint = settings[endpointName];
  if (!endpoint) return undefined;
  const ownProtocol = `OTEL_EXPORTER_OTLP_${signal}_PROTOCOL` as const;
  const protocolName = settings[ownProtocol] ? ownProtocol : "OTEL_EXPORTER_OTLP_PROTOCOL";
  const protocol = protocols.find((name) => name === (settings[protocolName] ?? protocols[0]));
  if (!protocol) problems.push(`${protocolName} must be http/protobuf or http/json`);
  const isUrl = URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol);
  if (!isUrl) problems.push(`${endpointName} must be an http or https URL`);
  return isUrl ? protocol : undefined;
}

function azure(settings: Settings, problems: string[]): ApplicationInsights | undefined {
  const connectionString = settings.APPLICATIONINSIGHTS_CONNECTION_STRING;
  if (!connectionString) return undefined;
  const authentication = settings.APPLICATIONINSIGHTS_AUTHENTICATION_STRING;
  if (!authentication) return { connectionString, identity: undefined };
  const { authorization, clientid } = pairsOf(authentication);
  if (authorization?.toLowerCase() === "aad") return { connectionString, identity: { clientId: clientid } };
  problems.push("APPLICATIONINSIGHTS_AUTHENTICATION_STRING must be Authorization=AAD, with or without ClientId=...;");
  return undefined;
}

/** `ClientId=...;Authorization=AAD`; names in lower case. */
function pairsOf(text: string): Record<string, string | undefined> {
  const pairs = text.split(";").map((pair) => pair.split("=").map((part) => part.trim()));
  return Object.fromEntries(pairs.map(([name = "", value]) => [name.toLowerCase(), value || undefined]));
}

const usualInterval = 60_000;

function interval({ OTEL_METRIC_EXPORT_INTERVAL: text }: Settings, problems: string[]): number {
  if (text === undefined) return usualInterval;
  const milliseconds = Number(text);
  if (Number.isInteger(milliseconds) && milliseconds >= 1000 && milliseconds < 2 ** 31) return milliseconds;
  problems.push("OTEL_METRIC_EXPORT_INTERVAL must be a number of milliseconds, at least 1000");
  return usualInterval;
}
