import {
  type Attributes,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { isFailure } from "./request-line.ts";
import type { Ended } from "./telemetry.ts";
import type { Operation } from "./timings.ts";

/** Makes the spans of requests that have ended: one of the request, and one of each operation in it. */
export const tracingWith =
  (tracer: Tracer) =>
  (ended: Ended): void => {
    const { epoch, start, milliseconds, operations, share = 1 } = ended;
    const kind = ended.isPart ? SpanKind.INTERNAL : SpanKind.SERVER;
    // Application Insights counts a row for as many as it stands for.
    const sampled = ended.isPart ? { "microsoft.sample_rate": share * 100 } : {};
    const attributes = { ...requestAttributes(ended), ...sampled };
    const request = tracer.startSpan(
      ended.route ?? ended.method,
      { kind, startTime: epoch + start, attributes },
      contextOf(ended),
    );
    if (isFailure(ended.status)) request.setStatus({ code: SpanStatusCode.ERROR });
    const within = trace.setSpan(ROOT_CONTEXT, request);
    for (const operation of operations) {
      const kind = operation.of === "sign-in" ? SpanKind.INTERNAL : SpanKind.CLIENT;
      const attributes = { ...operationAttributes(operation), ...targetAttributes(operation), ...sampled };
      const options = { kind, startTime: epoch + operation.start, attributes };
      const span = tracer.startSpan(spanName(operation), options, within);
      if (operation.failed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(epoch + operation.end);
    }
    request.end(epoch + start + milliseconds);
  };

function spanName({ of, name }: Operation): string {
  if (of === "sign-in") return name;
  return `${of === "database" ? "postgresql" : of} ${name}`;
}

function contextOf({ parent }: Ended) {
  if (!parent) return ROOT_CONTEXT;
  const { traceId, spanId } = parent;
  // What is not to be sent does not come here.
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });
}

/** Attributes of a request, which its metrics have too. */
export const routeAttributes = ({ method, route, status, errorCode }: Ended): Attributes => ({
  "http.request.method": method,
  "http.response.status_code": status,
  ...(route !== undefined && { "http.route": route.slice(route.indexOf(" ") + 1) }),
  ...(errorCode !== undefined && { "error.type": errorCode }),
});

function requestAttributes(ended: Ended): Attributes {
  const { "http.request.method": method, ...rest } = routeAttributes(ended);
  return {
    ...rest,
    // With a method, Application Insights takes a part of a request for a call of another server.
    ...(!ended.isPart && { "http.request.method": method }),
    "faas.invocation_id": ended.invocationId,
    ...(ended.retries > 0 && { "mlflow.retries": ended.retries }),
  };
}

/** Attributes of an operation, which its metrics have too. */
export const operationAttributes = ({ of, name, failed }: Operation): Attributes => ({
  ...(of === "database" && { "db.system.name": "postgresql", "db.operation.name": name }),
  ...((of === "blob" || of === "table") && { "mlflow.storage.service": of, "mlflow.storage.operation": name }),
  ...(failed && { "error.type": "failed" }),
});

/** By which Application Insights tells PostgreSQL from storage. */
function targetAttributes({ of, name }: Operation): Attributes {
  if (of === "database") return { "db.system": "postgresql", "db.operation": name };
  return of === "sign-in" ? {} : { "peer.service": of };
}
