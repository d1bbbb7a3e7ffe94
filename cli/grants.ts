/** `npm run grants`: who was given a SAS for which file. */
import { grantsOf, type LoggedGrant } from "../shared/artifacts/grants.ts";
import { print, run } from "../shared/tools/command.ts";
import { Misuse } from "../shared/tools/refusal.ts";
import { type Column, printJson, printTable } from "../shared/tools/rows.ts";
import { logOptions, readLog, sinceTime } from "../shared/tools/stored-log.ts";
import { readContext } from "./context.ts";

const command = {
  call: "npm run grants",
  does: "Prints the SAS that were handed out, the newest last",
  options: {
    run: { type: "string", value: "<id>", help: "only those of a run's files" },
    model: { type: "string", value: "<id>", help: "only those of a logged model's files" },
    ...logOptions,
  },
  more: "The settings are those of the environment and of local.settings.json.",
} as const;

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

const columns: Column<LoggedGrant>[] = [
  ["TIME", ({ time }) => time.toISOString()],
  ["WHO", ({ who }) => who],
  ["ADDRESS", ({ address }) => address],
  ["MAY", ({ permission }) => permission],
  ["UNTIL", ({ until }) => until.toISOString()],
  ["RUN OR MODEL", ({ run, model }) => run ?? model],
  ["REQUEST", ({ request }) => request],
  ["BLOB", ({ container, blob }) => `${container}/${blob}`],
];

run(command, async (values) => {
  if (values.run && values.model) throw new Misuse("Only one of --run and --model can be given.");
  const since = sinceTime(values.since);
  const context = await readContext(values["data-dir"]);
  const found = readLog(context, "grant log", (tables) => grantsOf(tables, { of: values.run ?? values.model, since }));
  // Names of blobs stay as they are: the log holds no signature, and what looks like one is a part of a name.
  if (values.json) for await (const grant of found) printJson(shown(grant));
  else if ((await printTable(columns, found)) === 0) print("No grants are in the log.");
});
