import { readArguments } from "../shared/tools/command.ts";
import { Misuse } from "../shared/tools/refusal.ts";

const command = {
  call: "npm start",
  does: "Runs mlflow-functions on this machine",
  options: {
    port: { type: "string", default: "7071", value: "<number>", help: "port of the MLflow API (default 7071)" },
    host: {
      type: "string",
      default: "127.0.0.1",
      value: "<address>",
      help: `address to listen on (default 127.0.0.1). On another one, Azurite listens there too and
artifact URLs name it (for 0.0.0.0 this machine's first address that is not loopback); the
app then serves only /health unless MLFLOW_FUNCTIONS_AUTH says how people sign in, or is none`,
    },
    "data-dir": {
      type: "string",
      default: ".data",
      value: "<path>",
      help: "where PostgreSQL and Azurite keep their data (default .data)",
    },
    fresh: { type: "boolean", default: false, help: "delete what is in the data directory first" },
    "no-ui": {
      type: "boolean",
      default: false,
      help: "serve the API without MLflow's page: do not fetch it where it is missing",
    },
  },
  more: `Where MLFLOW_BACKEND_STORE_URI or AZURE_STORAGE_CONNECTION_STRING is set (in the environment or in
local.settings.json), that database or storage account is used instead of the embedded one.`,
} as const;

export interface StartOptions {
  port: number;
  host: string;
  dataDir: string;
  fresh: boolean;
  /** Whether MLflow's page is fetched where it is missing. */
  ui: boolean;
}

/**
 * Undefined where help was asked for, which is then printed.
 * @throws Misuse for options that are unknown or make no sense
 */
export function parseOptions(args: string[]): StartOptions | undefined {
  const given = readArguments(command, args);
  if (!given) return undefined;
  const { host, fresh, "data-dir": dataDir, "no-ui": withoutUi, port: text } = given.values;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Misuse(`--port takes a number from 1 to 65535, not '${text}'.`);
  return { port, host, dataDir, fresh, ui: !withoutUi };
}
