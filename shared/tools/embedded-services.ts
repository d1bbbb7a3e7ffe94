/** The settings by which `npm start`'s own PostgreSQL and Azurite are reached. */
import { type Instance, readInstance } from "./instance.ts";

/**
 * If the settings name no storage, adds that of a running `npm start`, as `npm start` itself does.
 * @throws Refusal for a directory that holds something else
 */
export async function useStorageOf(dataDir: string): Promise<void> {
  if (process.env.AZURE_STORAGE_CONNECTION_STRING) return;
  const instance = await readInstance(dataDir);
  if (instance?.ports.table) useStorage(azuriteConnection(instance, "127.0.0.1"));
}

/** Adds an embedded Azurite to the settings: for the artifacts, and for the host if it has no storage. */
export function useStorage(connectionString: string): void {
  process.env.AZURE_STORAGE_CONNECTION_STRING = connectionString;
  // The example's value names an Azurite on the usual ports; ours uses other ports.
  if (!process.env.AzureWebJobsStorage || process.env.AzureWebJobsStorage === "UseDevelopmentStorage=true")
    process.env.AzureWebJobsStorage = connectionString;
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
 * If the settings name no database, adds that of `npm start`, as `npm start` itself does.
 * @throws Refusal for a directory that holds something else
 */
export async function useDatabaseOf(dataDir: string): Promise<void> {
  if (process.env.MLFLOW_BACKEND_STORE_URI) return;
  const instance = await readInstance(dataDir);
  if (instance?.ports.postgres)
    process.env.MLFLOW_BACKEND_STORE_URI = databaseUri(instance.password, instance.ports.postgres);
}

/** Of the embedded PostgreSQL's database. */
export const databaseUri = (password: string, port: number): string =>
  `postgresql://mlflow:${password}@127.0.0.1:${port}/mlflow`;
