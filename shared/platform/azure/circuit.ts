import type { Config } from "../config.ts";
import { once } from "../once.ts";
import { onceAMinute } from "../once-a-minute.ts";
import type { Timings } from "../telemetry/timings.ts";
import { within } from "./limits.ts";
import { isMissingRole } from "./storage-errors.ts";
import { describeFailure, openTables, type Tables, tablesCause } from "./tables.ts";

/** How long requests wait in milliseconds. The first time the SDK is loaded, a token fetched and a table made too. */
const patience = { first: 2_000, later: 1_000 };

/** How long to wait in milliseconds where no request does. */
export const longPatience = 10_000;

/** Milliseconds until the next try: short after one slow answer, half a minute during an outage. */
const pauseAfter = (failures: number) => Math.min(30_000, 5_000 * 2 ** (failures - 1));

const goesOn = "Uploads go on unrecorded, and audit events are in this log alone.";

/**
 * The tables of one context, behind a circuit breaker: the app can do without them. It waits a bounded time, and after
 * a failure makes no call for a while, so that an outage of Table Storage slows one request and not each.
 */
export class AppTables {
  private readonly config: Config;
  private readonly known = { tried: false, failures: 0, retryAt: 0 };
  private timings: Timings | undefined;

  constructor(config: Config) {
    this.config = config;
  }

  /** The same tables, which add what a request waits for them to the request's timings. */
  timedBy(timings: Timings): AppTables {
    const timed: AppTables = Object.create(this);
    timed.timings = timings;
    return timed;
  }

  /**
   * The tables without the breaker, for the timer and for operators' commands.
   * @returns undefined where no setting names a storage account
   * @throws Error as tablesPlace
   */
  readonly open = once(() => openTables(this.config));

  /**
   * Runs `work` on the tables if they can be reached. Never throws.
   * @param work throws only where Table Storage does not do its work: an absent row is an answer
   * @param warn is told when they are away
   * @param limit how long to wait in milliseconds
   * @returns the answer in an object; undefined where they are away, or no setting says where they are
   */
  async attempt<T>(
    work: (tables: Tables, abortSignal: AbortSignal) => Promise<T>,
    warn: (message: string) => void,
    limit = this.known.tried ? patience.later : patience.first,
  ): Promise<{ value: T } | undefined> {
    const { known, timings } = this;
    if (Date.now() < known.retryAt) return undefined;
    const before = known.failures;
    // While this call is under way, others do not try.
    if (before > 0) known.retryAt = Date.now() + pauseAfter(before);
    const limited = () =>
      within(limit, async (signal) => {
        const opened = await this.open();
        return opened && { value: await work(opened, signal) };
      });
    try {
      const answer = await (timings ? timings.during("table", "call", limited) : limited());
      known.failures = 0;
      known.retryAt = 0;
      return answer;
    } catch (error) {
      // Several failures at the same time count once.
      if (isMissingRole(error)) this.noteMissingRole(error, warn);
      else if (known.failures === before) this.noteFailure(error, warn);
      return undefined;
    } finally {
      known.tried = true;
    }
  }

  /** The answer comes at once, and the role may take effect before the next call. */
  private noteMissingRole(error: unknown, warn: (message: string) => void): void {
    this.known.failures = 0;
    this.known.retryAt = 0;
    const { message, mend } = tablesCause(error, this.config);
    onceAMinute(`${goesOn} ${message} ${mend}`, warn);
  }

  private noteFailure(error: unknown, warn: (message: string) => void): void {
    const { known } = this;
    known.failures += 1;
    const pause = pauseAfter(known.failures);
    known.retryAt = Date.now() + pause;
    warn(`Table Storage is away (${describeFailure(error)}). ${goesOn} The next try is in ${pause / 1000} s.`);
  }
}
