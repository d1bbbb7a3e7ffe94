/**
 * `npm run services`: the PostgreSQL and the Azurite that `func start` needs, at the addresses of local.settings.json.
 */
import { parseArgs } from "node:util";
import { begin, endOnSignals, fail, isEnding, onEnded, onStarted } from "./lifecycle.ts";
import { Refusal } from "./refusal.ts";
import { claim, runServices } from "./services.ts";
import { agreeOnSettings, servicesDir } from "./services-settings.ts";
import { settingsFile } from "./settings.ts";
import { addressOf, databaseOf } from "./shown.ts";

const help = `Runs PostgreSQL and Azurite for the app under Azure Functions Core Tools: npm run services -- [options]

  --data-dir <path>   where they keep their data (default ${servicesDir})
  --fresh             delete what is in the data directory first
  --help              this text

They listen on 127.0.0.1 at the ports that ${settingsFile} names; where there is no such file, it is written, with the ports of
local.settings.example.json. Then, in another terminal: func start.`;

const running = { onStarted, onEnded };
const app = { host: "127.0.0.1", port: 7071 };

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      "data-dir": { type: "string", default: servicesDir },
      fresh: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(help);
  endOnSignals();
  const started = await begin(start(values["data-dir"], values.fresh));
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
  if (!isEnding()) return fail(error instanceof Refusal || "code" in error ? error.message : error.stack);
});
