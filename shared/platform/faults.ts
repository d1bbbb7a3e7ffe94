import { functionsCore } from "./functions-core.ts";
import { describeError } from "./shown.ts";

/**
 * Logs what nothing catches and goes on: an error in a timer, a stream or a client of the pool, a promise that nobody
 * waits for. The Node worker would end itself, with all requests that are under way, and the host ends with the third
 * worker. Under the embedded host it does nothing, since that host handles such errors.
 */
export function surviveFaults(): void {
  const core = functionsCore();
  if (!core || core.embedded || process.hasUncaughtExceptionCaptureCallback()) return;
  // This goes before every listener: that of the worker ends the process.
  process.setUncaughtExceptionCaptureCallback(report);
  process.prependListener("unhandledRejection", report);
}

const report = (error: unknown) =>
  console.error(`An error that nothing caught; the app goes on. ${describeError(error)}`);
