/** The settings by which `npm start`'s own PostgreSQL and Azurite are reached. */
import { type Instance, readInstance } from "./instance.ts";
import type { Settings } from "./settings.ts";

/**
 * Settings with the storage of a running `npm start` where they name none, as `npm start` itself adds it.
 * @throws Refusal for a directory that holds something else
 */
export async function withStorageOf(dataDir: string, settings: Settings): Promise<Settings> {
  if (settings.AZURE_STORAGE_CONNECTION_STRING) return settings;
  const instance = await readInstance(dataDir);
  return instance?.ports.table ? withStorage(azuriteConnection(instance, "127.0.0.1"), settings) : settings;
}

/** Settings with an embedded Azurite: for the artifacts, and for the host if it has no storage. */
export function withStorage(connectionString: string, settings: Settings): Settings {
  const { AzureWebJobsStorage: ofHost } = settings;
  // The example's value names an Azurite on the usual ports; ours uses other ports.
  const isOurs = !ofHost || ofHost === "UseDevelopmentStorage=true";
  return {
    ...settings,
    AZURE_STORAGE_CONNECTION_STRING: connectionString,
    AzureWebJobsStorage: isOurs ? connectionString : ofHost,
  };
}

export function azuriteConnection({ storageAccount, storageKey, ports }: Instance, host: string): string {
  const endpoint = (port: number) => `http://${host.includes(":") ? `[${host}]` : host}:${port}/${storageAccount}`;
  return [
    "DefaultEndpointsProtocol=http",
    `AccountName=${storageAccount}`,
    `AccountKey=${storageKey}`,
    `BlobEndpoint=${endpoint(ports.blob!)}`,
    `QueueEndpoint=${endpoint(ports.queue!)}`,
    `TableEndpoint=${endpoint(ports.table!)}`,
  ].join(";");
}

/**
 * Settings with the database of `npm start` where they name none, as `npm start` itself adds it.
 * @throws Refusal for a directory that holds something else
 */
export async function withDatabaseOf(dataDir: string, settings: Settings): Promise<Settings> {
  if (settings.MLFLOW_BACKEND_STORE_URI) return settings;
  const { password, ports } = (await readInstance(dataDir)) ?? {};
  return password && ports?.postgres
    ? { ...settings, MLFLOW_BACKEND_STORE_URI: databaseUri(password, ports.postgres) }
    : settings;
}

/** Of the embedded PostgreSQL's database. */
export const databaseUri = (password: string, port: number): string =>
  `postgresql://mlflow:${password}@127.0.0.1:${port}/mlflow`;
