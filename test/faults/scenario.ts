import type { Load } from "./load.ts";
import type { Stage } from "./stage.ts";

/** One fault under load. Each has a PostgreSQL, a storage and instances of the app of its own. */
export interface Scenario {
  /** One or two words: what `--only` takes. */
  name: string;
  /** What happens, in one sentence. */
  about: string;
  /** Milliseconds it may take; what takes longer hangs. */
  limit: number;
  /** @throws Skipped where this machine can't do it, any other error where something is wrong */
  run(stage: Stage): Promise<Result>;
}

export interface Result {
  /** What was written under the fault, and checked after it. */
  load: Pick<Load, "count">;
  /** What else was measured or seen, for the table. */
  note?: string;
  /** What is wrong beside what the load found. */
  wrong?: string[];
}

/** Why a scenario can't run on this machine. */
export class Skipped extends Error {}
