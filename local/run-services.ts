/**
 * `npm run services`: the PostgreSQL and the Azurite that `func start` needs, at the addresses of local.settings.json.
 */

import { readArguments } from "../shared/tools/command.ts";
import { Refusal } from "../shared/tools/refusal.ts";
import { addressOf, databaseOf } from "../shared/tools/secrets.ts";
import { settingsFile } from "../shared/tools/settings.ts";
import { begin, endOnSignals, fail, isEnding, onEnded, onStarted } from "./lifecycle.ts";
import { claim, runServices } from "./services.ts";
import { agreeOnSettings, servicesDir } from "./services-settings.ts";

const command = {
  call: "npm run services",
  does: "Runs PostgreSQL and Azurite for the app under Azure Functions Core Tools",
  options: {
    "data-dir": {
      type: "string",
      default: servicesDir,
      value: "<path>",
      help: `where they keep their data (default ${servicesDir})`,
    },
    fresh: { type: "boolean", default: false, help: "delete what is in the data directory first" },
  },
  more: `They listen on 127.0.0.1 at the ports that ${settingsFile} names; where there is no such file, it is written, with the
ports of local.settings.example.json. Then, in another terminal: func start.`,
} as const;

const running = { onStarted, onEnded };
const app = { host: "127.0.0.1", port: 7071 };

async function main(): Promise<void> {
  const given = readArguments(command);
  if (!given) return;
  endOnSignals();
  const started = await begin(start(given.values["data-dir"], given.values.fresh));
  if (!isEnding()) console.log(started);
}

async function start(dataDir: string, fresh: boolean): Promise<string> {
  const claimed = await claim({ dataDir, fresh }, running);
  const wanted = await agreeOnSettings(claimed.dataDir, claimed.instance);
  if (!wanted.postgres && !wanted.azurite)
    throw new Refusal(`${settingsFile} names a database and a storage account elsewhere: there is nothing to start.`);
  const { postgres, azurite } = await runServices(claimed, wanted, app, running);
  const elsewhere = `elsewhere, as ${settingsFile} says`;
  const blob = /BlobEndpoint=([^;]*)/.exec(azurite?.connectionString ?? "")?.[1];
  return [
    "The services are ready.",
    "",
    `  PostgreSQL   ${postgres ? databaseOf(postgres.uri) : elsewhere}`,
    `  Blob         ${blob ? addressOf(blob) : elsewhere}`,
    `  Settings     ${settingsFile}`,
    `  Data         ${claimed.dataDir}`,
    "",
    "  In another terminal: func start",
    "",
    "Ctrl-C stops everything.",
  ].join("\n");
}

main().catch((error: Error) => {
  if (!isEnding()) return fail(error);
});
