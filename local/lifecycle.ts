/** Ends everything that runs in this terminal, once: on Ctrl-C, on a failure, or when a service ends by itself. */
import { sayFailure } from "../shared/tools/command.ts";
import { withoutSecrets } from "../shared/tools/secrets.ts";

const stopping: (() => Promise<void>)[] = [];
let starting: Promise<unknown> = Promise.resolve();
let ended: Promise<void> | undefined;

/** Takes what has to be stopped again, in the order in which it was started. */
export const onStarted = (stop: () => Promise<void>) => void stopping.push(stop);

/** Waits for a service that is starting; stopping everything waits for it too. */
export function begin<T>(start: Promise<T>): Promise<T> {
  starting = start;
  return start;
}

export const isEnding = () => ended !== undefined;

/** Stops everything that was started, the last first; what is still starting is waited for. */
function stopAll(): Promise<void> {
  ended ??= (async () => {
    await starting.catch(() => {});
    while (stopping.length > 0)
      await stopping.pop()!().catch((error: Error) => console.error(withoutSecrets(error.message)));
  })();
  return ended;
}

export function endOnSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => stopAll().then(() => process.exit(0)));
  // The reader of the output has gone; the app goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}

/** Says why it ends, stops everything and exits. */
export async function fail(reason: unknown): Promise<void> {
  const code = sayFailure(reason);
  await stopAll();
  process.exit(code);
}

export function onEnded(service: string, log: string): void {
  if (!ended) fail(`${service} has ended by itself, so everything stops: see ${log}.`);
}
