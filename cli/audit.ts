/** `npm run audit`: who signed in, was refused, or changed what. */
import { type AuditEvent, auditOf } from "../shared/platform/audit/log.ts";
import { print, run } from "../shared/tools/command.ts";
import { Misuse } from "../shared/tools/refusal.ts";
import { type Column, newest, printJson, printTable } from "../shared/tools/rows.ts";
import { logOptions, readLog, sinceTime } from "../shared/tools/stored-log.ts";
import { readContext } from "./context.ts";

const mostKept = 100_000;

const command = {
  call: "npm run audit",
  does: "Prints the events of the audit log, the newest last",
  options: {
    who: { type: "string", value: "<name>", help: "only what this user or principal did" },
    what: {
      type: "string",
      value: "<event>",
      help: "only these events: role.granted, or role for all that was done to roles",
    },
    newest: { type: "string", value: "<number>", help: `only so many, up to ${mostKept}` },
    ...logOptions,
  },
  more: "The settings are those of the environment and of local.settings.json. docs/operate.md lists the events.",
} as const;

function eventName(what: string | undefined): string | undefined {
  if (what === undefined || /^[a-z]+(-[a-z]+)*(\.[a-z]+(-[a-z]+)*)?$/.test(what)) return what;
  throw new Misuse(`--what '${what}' is no event: it is like role.granted, or like role.`);
}

function howMany(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > mostKept) throw new Misuse(`--newest is a number from 1 to ${mostKept}.`);
  return count;
}

function detailOf({ detail }: AuditEvent): Record<string, unknown> {
  try {
    return JSON.parse(detail);
  } catch {
    return { detail };
  }
}

const columns: Column<AuditEvent>[] = [
  ["TIME", ({ time }) => time.toISOString()],
  ["WHO", ({ who }) => who],
  ["ADDRESS", ({ address }) => address],
  ["WHAT", ({ what }) => what],
  ["COUNT", ({ count }) => String(count)],
  ["OF", ({ of }) => of],
  ["REQUEST", ({ request }) => request],
  [
    "DETAIL",
    (event) =>
      Object.entries(detailOf(event))
        .map(([name, value]) => `${name}=${value}`)
        .join(" "),
  ],
];

run(command, async (values) => {
  const query = { since: sinceTime(values.since), who: values.who, what: eventName(values.what) };
  const most = howMany(values.newest);
  const context = await readContext(values["data-dir"]);
  const read = readLog(context, "audit log", (tables) => auditOf(tables, query));
  const found = most === undefined ? read : newest(read, most);
  if (values.json) for await (const event of found) printJson({ ...event, detail: detailOf(event) });
  else if ((await printTable(columns, found)) === 0) print("No such events are in the audit log.");
});
