/** What all parts of one import share. */
import type { Config } from "../../shared/platform/config.ts";
import type { Database } from "../../shared/platform/db/database.ts";
import type { Destination } from "./experiments.ts";
import type { Points } from "./points.ts";
import type { Report } from "./report.ts";
import type { Source } from "./source.ts";
import type { Uploads } from "./uploads.ts";

export interface Options {
  artifacts: boolean;
  dryRun: boolean;
  /** The database has no tables yet. */
  isEmpty: boolean;
  /** Is told what is under way. */
  progress(step: string, percent?: number): void;
}

export interface Work {
  source: Source;
  db: Database;
  config: Config;
  options: Options;
  uploads: Uploads;
  report: Report;
  /** Points of new runs, where they are collected before. */
  points: Points | undefined;
  /** Logged models by experiment, some of whose metrics belong to runs that were not there yet. */
  late: Map<Destination, string[]>;
}

/** Things whose rows go together: a run may have thousands of them. */
const thingsAtOnce = 200;

export function* chunks<T>(items: readonly T[], size = thingsAtOnce): Iterable<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
