import type { InvocationContext } from "@azure/functions";
import { within } from "../azure/limits.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import type { Request } from "../http/request.ts";
import { identity } from "../identity/credential.ts";
import { causeOf, onceAMinute } from "../once-a-minute.ts";
import type { Exporting } from "./exporting.ts";
import { type Answered, isFailure } from "./request-line.ts";
import { type Destinations, destinationsOf } from "./settings.ts";
import type { Operation, Timings } from "./timings.ts";
import { isTraced, parentOf, type TraceParent } from "./trace-parent.ts";

/** A request that has ended. */
export interface Ended extends Answered {
  /** What to add to times of `performance.now()` for milliseconds since 1970. */
  epoch: number;
  start: number;
  method: string;
  invocationId: string;
  parent: TraceParent | undefined;
  /** Whether the host tells of the request too, so that this is a part of it. */
  isPart: boolean;
  /** The share of such requests whose spans are sent; undefined where these are not. All requests are counted. */
  share: number | undefined;
  operations: Operation[];
  retries: number;
}

/** The databases that are in use, by name. */
export type Databases = () => Record<string, Database | undefined>;

/**
 * Milliseconds from the first answer until the exporters are loaded. That takes a fifth of a second, which the requests
 * of a cold start must not wait for.
 */
const loadAfter = 2_000;
/** Further requests that end before are not told of. */
const mostWaiting = 1_000;
/** The host ends its worker after five seconds. */
const flushLimit = 4_500;

/** Tells OpenTelemetry's exporters what requests did. Requests never wait for it. */
export class Telemetry {
  /** Uploads that the ledger had as open when the timer looked last. */
  openUploads: number | undefined;
  private readonly waiting: Ended[] = [];
  private loading: Promise<Exporting | undefined> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private exporting: Exporting | undefined;
  private isOff = false;

  private constructor(
    private readonly config: Config,
    private readonly destinations: Destinations,
    private readonly databases: Databases,
  ) {}

  /** Loads nothing yet. Undefined where no setting says where to send telemetry. */
  static of(config: Config, databases: Databases): Telemetry | undefined {
    const destinations = destinationsOf(config);
    if (!destinations) return undefined;
    for (const problem of new Set(destinations.problems)) console.warn(`Telemetry is not sent as asked: ${problem}.`);
    const { traces, metrics, applicationInsights } = destinations;
    return traces || metrics || applicationInsights ? new Telemetry(config, destinations, databases) : undefined;
  }

  /** Adds a request that was answered. */
  add(request: Request, invocation: InvocationContext, answered: Answered, timings: Timings): void {
    if (this.isOff) return;
    const { MLFLOW_FUNCTIONS_TRACE_SAMPLE: share, MLFLOW_FUNCTIONS_LOG_SLOW_MS: slow } = this.config;
    const host = parentOf(invocation.traceContext?.traceParent, false);
    // In Application Insights the host tells of each request too. Elsewhere that is not seen, and the caller's own span
    // is the parent.
    const isPart = host !== undefined && this.destinations.applicationInsights !== undefined;
    const parent = isPart ? host : (parentOf(request.header("traceparent"), true) ?? host);
    const matters = isFailure(answered.status) || answered.milliseconds >= slow || parent?.sampled;
    const ended: Ended = {
      ...answered,
      epoch: Date.now() - performance.now(),
      start: timings.start,
      method: request.method,
      invocationId: invocation.invocationId,
      parent,
      isPart,
      share: matters ? 1 : isTraced(parent, share) ? share : undefined,
      operations: timings.operations ?? [],
      retries: timings.retries,
    };
    if (this.exporting) this.exporting.add(ended);
    else if (this.waiting.length < mostWaiting) this.waiting.push(ended);
    this.timer ??= setTimeout(() => this.load(), loadAfter).unref();
  }

  /** Sends what there is, in a limited time. Never throws. */
  async flush(): Promise<void> {
    if (this.waiting.length === 0 && !this.exporting) return;
    try {
      await within(flushLimit, async () => (await this.load())?.flush());
    } catch (error) {
      console.warn(`The last telemetry was not sent: ${causeOf(error)}`);
    }
  }

  private load(): Promise<Exporting | undefined> {
    this.loading ??= this.start();
    return this.loading;
  }

  private async start(): Promise<Exporting | undefined> {
    try {
      const { startExporting } = await import("./exporting.ts");
      const exporting = await startExporting({
        config: this.config,
        destinations: this.destinations,
        databases: this.databases,
        openUploads: () => this.openUploads,
        identity,
        failed,
      });
      this.exporting = exporting;
      for (const ended of this.waiting.splice(0)) exporting.add(ended);
      return exporting;
    } catch (error) {
      this.isOff = true;
      this.waiting.length = 0;
      console.warn(`Telemetry is not sent: ${causeOf(error)}`);
      return undefined;
    }
  }
}

const failed = (where: string, error: Error | undefined) =>
  onceAMinute(`Telemetry could not be sent to ${where}: ${error ? causeOf(error) : "it was refused"}`, (said) =>
    console.warn(said),
  );
