import { resolve } from "node:path";
import { staticPrefix } from "../shared/platform/config.ts";
import { addressOf, databaseOf } from "../shared/tools/secrets.ts";
import type { Settings } from "../shared/tools/settings.ts";
import { publicAddress } from "./azurite.ts";
import type { Host } from "./host/index.ts";
import type { StartOptions } from "./options.ts";

/** What runs where, and the one line to set. */
export function banner(
  { dataDir, host }: StartOptions,
  settings: Settings,
  { port }: Host,
  milliseconds: number,
): string {
  const address = publicAddress(host);
  const url = `http://${address.includes(":") ? `[${address}]` : address}:${port}${staticPrefix()}`;
  const endpoint = /BlobEndpoint=([^;]*)/i.exec(settings.AZURE_STORAGE_CONNECTION_STRING ?? "")?.[1];
  const storage = endpoint ? addressOf(endpoint) : "Azure";
  const open = !/^(127\.|localhost$|::1$)/.test(host) && !settings.MLFLOW_FUNCTIONS_AUTH;
  return [
    `mlflow-functions is ready (${(milliseconds / 1000).toFixed(1)} s)`,
    "",
    `  MLflow       ${url}`,
    `  PostgreSQL   ${databaseOf(settings.MLFLOW_BACKEND_STORE_URI ?? "")}`,
    `  Blob         ${storage}`,
    `  Data         ${resolve(dataDir)}`,
    "",
    ...(open
      ? [`  Other machines can reach ${host}: only /health is served until MLFLOW_FUNCTIONS_AUTH=none is set.`, ""]
      : []),
    `  export MLFLOW_TRACKING_URI=${url}`,
    ...signIn(settings),
    "",
    "Ctrl-C stops everything.",
  ].join("\n");
}

/** What else a client needs where people sign in with a name and a password. A password is never printed. */
function signIn(settings: Settings): string[] {
  if (!settings.MLFLOW_FUNCTIONS_AUTH?.split(",").some((mode) => mode.trim() === "basic")) return [];
  const name = settings.MLFLOW_AUTH_ADMIN_USERNAME ?? "admin";
  const isSet = (settings.MLFLOW_AUTH_ADMIN_PASSWORD ?? "") !== "";
  return [
    `  export MLFLOW_TRACKING_USERNAME='${name}' MLFLOW_TRACKING_PASSWORD='<their password>'`,
    ...(isSet
      ? []
      : [
          "",
          "  Where there is no admin yet, MLFLOW_AUTH_ADMIN_PASSWORD has to be set: the first one is made from it.",
        ]),
  ];
}
