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
  const storage = azuriteConnection(instance, "127.0.0.1");
  process.env.AZURE_STORAGE_CONNECTION_STRING = storage;
  if (!process.env.AzureWebJobsStorage || process.env.AzureWebJobsStorage === "UseDevelopmentStorage=true")
    process.env.AzureWebJobsStorage = storage;
}
