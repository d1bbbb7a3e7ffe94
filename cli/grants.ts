/** `npm run grants`: who was given a SAS for which file. */
import { grantsOf, type LoggedGrant } from "../shared/artifacts/grants.ts";
import { describeFailure } from "../shared/platform/azure/tables.ts";
import type { AppContext } from "../shared/platform/context.ts";
import { print, run } from "../shared/tools/command.ts";
import { Misuse, Refusal } from "../shared/tools/refusal.ts";
import { addressOf } from "../shared/tools/secrets.ts";
import { readContext } from "./context.ts";

const command = {
  call: "npm run grants",
  does: "Prints the SAS that were handed out, the newest last",
  options: {
    run: { type: "string", value: "<id>", help: "only those of a run's files" },
    model: { type: "string", value: "<id>", help: "only those of a logged model's files" },
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
  },
  more: "The settings are those of the environment and of local.settings.json.",
} as const;

const milliseconds = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function time(text: string): Date {
  const [, count, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  const found = unit
    ? new Date(Date.now() - Number(count) * milliseconds[unit as keyof typeof milliseconds])
    : new Date(text);
  if (Number.isNaN(found.getTime())) throw new Misuse(`--since '${text}' is no time: see --help.`);
  return found;
}

async function read({ tables }: AppContext, query: { of?: string; since?: Date }): Promise<LoggedGrant[]> {
  const opened = await tables.open();
  if (!opened) throw new Refusal("No storage account is set, and no npm start runs here: set AzureWebJobsStorage.");
  const found: LoggedGrant[] = [];
  try {
    for await (const grant of grantsOf(opened, query)) found.push(grant);
  } catch (error) {
    throw new Refusal(`The grant log at ${addressOf(opened.url)} can't be read: ${describeFailure(error)}.`);
  }
  return found;
}

function shown({
  time,
  who,
  address,
  run,
  model,
  account,
  container,
  blob,
  permission,
  from,
  until,
  request,
}: LoggedGrant) {
  return { time, who, address, run, model, account, container, blob, permission, from, until, request };
}

const columns: [title: string, value: (grant: LoggedGrant) => string | undefined][] = [
  ["TIME", ({ time }) => time.toISOString()],
  ["WHO", ({ who }) => who],
  ["ADDRESS", ({ address }) => address],
  ["MAY", ({ permission }) => permission],
  ["UNTIL", ({ until }) => until.toISOString()],
  ["RUN OR MODEL", ({ run, model }) => run ?? model],
  ["REQUEST", ({ request }) => request],
  ["BLOB", ({ container, blob }) => `${container}/${blob}`],
];

/** Clients choose the names, so control characters in them are not printed as they are. */
const shownCell = (value: string | undefined) => value?.replace(/\p{Cc}/gu, "?") || "-";

function printTable(grants: LoggedGrant[]): void {
  const rows = [
    columns.map(([title]) => title),
    ...grants.map((grant) => columns.map(([, value]) => shownCell(value(grant)))),
  ];
  const widths = columns.map((_, column) => rows.reduce((widest, row) => Math.max(widest, row[column]!.length), 0));
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    );
}

run(command, async (values) => {
  if (values.run && values.model) throw new Misuse("Only one of --run and --model can be given.");
  const since = values.since === undefined ? undefined : time(values.since);
  const found = await read(await readContext(values["data-dir"]), { of: values.run ?? values.model, since });
  // Names of blobs stay as they are: the log holds no signature, and what looks like one is a part of a name.
  if (values.json) for (const grant of found) console.log(JSON.stringify(shown(grant)));
  else if (found.length === 0) print("No grants are in the log.");
  else printTable(found);
});
