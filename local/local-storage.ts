import { azuriteConnection } from "./azurite.ts";
import { readInstance } from "./instance.ts";

/**
 * Where the settings name no storage, puts that of a running `npm start` into them, as it does itself.
 * @throws Refusal for a directory that holds something else
 */
export async function useLocalStorage(dataDir: string): Promise<void> {
  if (process.env.AZURE_STORAGE_CONNECTION_STRING) return;
  const instance = await readInstance(dataDir);
  if (!instance?.ports.table) return;
  useStorage(azuriteConnection(instance, "127.0.0.1"));
}

/**
 * Puts an embedded Azurite into the settings: for the artifacts, and for the host where that has no storage of its own.
 */
export function useStorage(connectionString: string): void {
  process.env.AZURE_STORAGE_CONNECTION_STRING = connectionString;
  // The example's value is an Azurite on the usual ports, and ours has others.
  if (!process.env.AzureWebJobsStorage || process.env.AzureWebJobsStorage === "UseDevelopmentStorage=true")
    process.env.AzureWebJobsStorage = connectionString;
}
