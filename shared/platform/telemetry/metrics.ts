import type { Attributes, Meter } from "@opentelemetry/api";
import { operationAttributes, routeAttributes } from "./spans.ts";
import type { Databases, Ended } from "./telemetry.ts";

/** What is looked at when metrics are sent. */
export interface Observed {
  databases: Databases;
  /** Of the ledger; undefined where this instance has not looked. */
  openUploads(): number | undefined;
}

/** Seconds; OpenTelemetry's conventions have them. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const tooMany = 429;
const unavailable = 503;

/** Makes the instruments, and answers what counts a request. */
export function countingWith(meter: Meter, observed: Observed): (ended: Ended) => void {
  const seconds = { unit: "s", advice: { explicitBucketBoundaries: buckets } };
  const requests = meter.createHistogram("http.server.request.duration", seconds);
  const statements = meter.createHistogram("db.client.operation.duration", seconds);
  const storage = meter.createHistogram("mlflow.storage.operation.duration", seconds);
  const signIns = meter.createHistogram("mlflow.sign_in.duration", seconds);
  const retries = meter.createCounter("mlflow.retries", { unit: "{retry}" });
  const rejected = meter.createCounter("mlflow.requests.rejected", { unit: "{request}" });
  observePools(meter, observed);
  meter.createObservableGauge("mlflow.uploads.open", { unit: "{upload}" }).addCallback((result) => {
    const open = observed.openUploads();
    if (open !== undefined) result.observe(open);
  });
  const histograms = { database: statements, blob: storage, table: storage, "sign-in": signIns };
  return (ended) => {
    const { milliseconds, status, operations } = ended;
    const attributes = routeAttributes(ended);
    requests.record(milliseconds / 1000, attributes);
    for (const operation of operations)
      histograms[operation.of].record((operation.end - operation.start) / 1000, operationAttributes(operation));
    if (ended.retries > 0) retries.add(ended.retries, onlyRoute(attributes));
    if (status === tooMany || status === unavailable) rejected.add(1, attributes);
  };
}

const onlyRoute = ({ "http.route": route }: Attributes): Attributes =>
  route === undefined ? {} : { "http.route": route };

function observePools(meter: Meter, { databases }: Observed): void {
  const connections = meter.createObservableUpDownCounter("db.client.connection.count", { unit: "{connection}" });
  const waiting = meter.createObservableUpDownCounter("db.client.connection.pending_requests", { unit: "{request}" });
  meter.addBatchObservableCallback(
    (result) => {
      for (const [pool, database] of Object.entries(databases())) {
        if (!database) continue;
        const use = database.use();
        const attributes = { "db.client.connection.pool.name": pool };
        result.observe(connections, use.used, { ...attributes, "db.client.connection.state": "used" });
        result.observe(connections, use.idle, { ...attributes, "db.client.connection.state": "idle" });
        result.observe(waiting, use.waiting, attributes);
      }
    },
    [connections, waiting],
  );
}
