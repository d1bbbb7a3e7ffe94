import { parseArgs } from "node:util";
import { Refusal } from "./refusal.ts";

export const help = `Runs mlflow-functions on this machine: npm start -- [options]

  --port <number>     port of the MLflow API (default 7071)
  --host <address>    address to listen on (default 127.0.0.1). On another one, Azurite listens there too and
                      artifact URLs name it (for 0.0.0.0 this machine's first address that is not loopback); the
                      app then serves only /health unless MLFLOW_FUNCTIONS_AUTH=none
  --data-dir <path>   where PostgreSQL and Azurite keep their data (default .data)
  --fresh             delete what is in the data directory first
  --no-ui             serve the API without MLflow's page: do not fetch it where it is missing
  --help              this text

Where MLFLOW_BACKEND_STORE_URI or AZURE_STORAGE_CONNECTION_STRING is set (in the environment or in
local.settings.json), that database or storage account is used instead of the embedded one.`;

export interface StartOptions {
  port: number;
  host: string;
  dataDir: string;
  fresh: boolean;
  /** Whether MLflow's page is fetched where it is missing. */
  ui: boolean;
  help: boolean;
}

/** @throws Refusal for options that are unknown or make no sense */
export function parseOptions(args: string[]): StartOptions {
  const { values } = parse(args);
  const port = Number(values.port ?? 7071);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Refusal(`--port takes a number from 1 to 65535, not '${values.port}'.`);
  return {
    port,
    host: values.host ?? "127.0.0.1",
    dataDir: values["data-dir"] ?? ".data",
    fresh: values.fresh ?? false,
    ui: !values["no-ui"],
    help: values.help ?? false,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: "string" },
        host: { type: "string" },
        "data-dir": { type: "string" },
        fresh: { type: "boolean" },
        "no-ui": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new Refusal(`${(error as Error).message} See npm start -- --help.`);
  }
}
