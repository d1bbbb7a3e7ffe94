import type { Settings } from "../../shared/tools/settings.ts";
import type { LoadedApp, RegisteredFunction } from "./functions-core.ts";
import { invoke, type Log } from "./invocation.ts";
import { parseSchedule, type Schedule } from "./schedule.ts";

interface TimerFunction {
  registered: RegisteredFunction;
  binding: string;
  schedule: Schedule;
  runOnStartup: boolean;
}

export interface Timers {
  /**
   * Runs a timer function now, as an administrator of the real host can.
   * @throws Error where there is none of that name, and whatever the function throws
   */
  run(name: string): Promise<void>;
  stop(): void;
}

/**
 * Calls timer functions when they are due, each one after its last call has ended. Nothing is remembered between
 * starts: times missed while the host was off are not made up for.
 */
export function startTimers(app: LoadedApp, timers: readonly TimerFunction[], log: Log): Timers {
  const waits = new Map<TimerFunction, NodeJS.Timeout>();
  let stopped = false;
  const run = (timer: TimerFunction, last: Date) => {
    const next = timer.schedule.next(new Date());
    return invoke(app, timer.registered, timer.binding, { json: timerInfo(last, next) }, log);
  };
  const wait = (timer: TimerFunction, due: Date, last: Date) => {
    if (stopped) return;
    const left = due.getTime() - Date.now();
    const fire = async () => {
      if (left > longestWait) return wait(timer, due, last);
      await run(timer, last).catch((error: Error) => log("error", error?.stack ?? String(error)));
      wait(timer, timer.schedule.next(new Date()), due);
    };
    waits.set(timer, setTimeout(fire, Math.min(Math.max(left, 0), longestWait)));
  };
  const now = new Date();
  for (const timer of timers) wait(timer, timer.runOnStartup ? now : timer.schedule.next(now), now);
  return {
    run: async (name) => {
      const timer = timers.find(({ registered }) => registered.metadata.name === name);
      if (!timer) throw new Error(`There is no timer function '${name}'`);
      await run(timer, new Date());
    },
    stop: () => {
      stopped = true;
      for (const timeout of waits.values()) clearTimeout(timeout);
    },
  };
}

// setTimeout holds no more than 2^31 - 1 milliseconds.
const longestWait = 86_400_000;

/** @throws Error for a schedule that is none, or never due */
export const timerFunctions = (functions: readonly RegisteredFunction[], settings: Settings): TimerFunction[] =>
  functions.flatMap((registered) => timerOf(registered, settings) ?? []);

function timerOf(registered: RegisteredFunction, settings: Settings): TimerFunction | undefined {
  const [binding, trigger] =
    Object.entries(registered.metadata.bindings).find(([, { type }]) => type === "timerTrigger") ?? [];
  if (!binding || !trigger) return undefined;
  // A schedule may be an app setting: %NAME%.
  const text = (trigger.schedule ?? "").replace(/%(\w+)%/g, (_, name: string) => settings[name] ?? "");
  const schedule = parseSchedule(text);
  schedule.next(new Date());
  return { registered, binding, schedule, runOnStartup: trigger.runOnStartup ?? false };
}

const timerInfo = (last: Date, next: Date) =>
  JSON.stringify({
    Schedule: { AdjustForDST: true },
    ScheduleStatus: { Last: last.toISOString(), LastUpdated: last.toISOString(), Next: next.toISOString() },
    IsPastDue: false,
  });
