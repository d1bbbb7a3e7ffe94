/** What the commands that print a log of Table Storage share. */
import { describeFailure, type Tables } from "../platform/azure/tables.ts";
import type { AppContext } from "../platform/context.ts";
import { Misuse, Refusal } from "./refusal.ts";
import { addressOf } from "./secrets.ts";

/** The options of such a command, beside its own. */
export const logOptions = {
  since: {
    type: "string",
    value: "<time>",
    help: "only those from a time on: 2026-11-01, 2026-11-01T12:00Z, or 30m, 12h, 7d ago",
  },
  json: { type: "boolean", default: false, help: "one JSON object a line, with all that the log has" },
  "data-dir": {
    type: "string",
    default: ".data",
    value: "<dir>",
    help: "of the npm start to ask where no storage is set (default: .data)",
  },
} as const;

const milliseconds = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * The time that `--since` names; undefined where it was left out.
 * @throws Misuse
 */
export function sinceTime(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const [, count, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  const found = unit
    ? new Date(Date.now() - Number(count) * milliseconds[unit as keyof typeof milliseconds])
    : new Date(text);
  if (Number.isNaN(found.getTime())) throw new Misuse(`--since '${text}' is no time: see --help.`);
  return found;
}

/**
 * Rows of a log, one after the other as they are read.
 * @param name what the log is called: "grant log"
 * @throws Refusal where there is no storage, or it does not answer
 */
export async function* readLog<Row>(
  { tables }: AppContext,
  name: string,
  rows: (tables: Tables) => AsyncIterable<Row>,
): AsyncGenerator<Row> {
  const opened = await tables.open();
  if (!opened) throw new Refusal("No storage account is set, and no npm start runs here: set AzureWebJobsStorage.");
  try {
    yield* rows(opened);
  } catch (error) {
    throw new Refusal(`The ${name} at ${addressOf(opened.url)} can't be read: ${describeFailure(error)}.`);
  }
}
