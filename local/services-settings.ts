/**
 * Where `npm run services` lets its services listen: at the addresses of local.settings.json, which it writes where
 * there is none.
 */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseConnectionString } from "../shared/platform/azure/connection-string.ts";
import { azuriteConnection } from "../shared/tools/embedded-services.ts";
import { type Instance, readInstance, saveInstance } from "../shared/tools/instance.ts";
import { Refusal } from "../shared/tools/refusal.ts";
import { type LocalSettings, parseSettings, settingsFile } from "../shared/tools/settings.ts";

export const servicesDir = join(".data", "services");
const exampleFile = "local.settings.example.json";
const loopback = new Set(["127.0.0.1", "localhost"]);

/** Which of the two services local.settings.json wants here; what lies elsewhere is not ours to start. */
export interface Wanted {
  postgres: boolean;
  azurite: boolean;
}

/**
 * Makes a data directory's services those of local.settings.json. Where there is none, it is the example with a
 * password and a key that nobody else knows.
 * @throws Refusal for a file that can't be read, and for another password than the data was made with
 */
export async function agreeOnSettings(dataDir: string, instance: Instance): Promise<Wanted> {
  instance.fixedPorts = true;
  if (!existsSync(settingsFile)) await writeSettings(instance);
  const { Values = {} } = parseSettings(await readFile(settingsFile, "utf8"));
  const wanted = { postgres: takeDatabase(dataDir, instance, Values), azurite: takeStorage(instance, Values) };
  saveInstance(dataDir, instance);
  return wanted;
}

async function writeSettings(instance: Instance): Promise<void> {
  const settings: LocalSettings = JSON.parse(await readFile(exampleFile, "utf8"));
  const { Values = {} } = settings;
  const database = new URL(Values.MLFLOW_BACKEND_STORE_URI!);
  database.password = instance.password;
  const { storageAccount, storageKey } = instance;
  takeStorage(instance, Values);
  Object.assign(instance, { storageAccount, storageKey });
  const storage = azuriteConnection(instance, "127.0.0.1");
  Object.assign(Values, {
    MLFLOW_BACKEND_STORE_URI: database.href,
    AzureWebJobsStorage: storage,
    AZURE_STORAGE_CONNECTION_STRING: storage,
  });
  instance.writtenSettings = Values;
  await writeFile(settingsFile, `${JSON.stringify(settings, undefined, 2)}\n`, { flag: "wx", mode: 0o600 });
}

function takeDatabase(dataDir: string, instance: Instance, { MLFLOW_BACKEND_STORE_URI: uri = "" }: Values): boolean {
  if (!URL.canParse(uri)) return false;
  const { hostname, port, username, password, pathname } = new URL(uri);
  if (!loopback.has(hostname) || username !== "mlflow" || pathname !== "/mlflow") return false;
  if (instance.postgresHome && instance.password !== decodeURIComponent(password))
    throw new Refusal(
      `${settingsFile} names another password than the database in ${dataDir} has: put that back, or start with --fresh, which deletes the data.`,
    );
  instance.password = decodeURIComponent(password);
  instance.ports.postgres = Number(port || 5432);
  return true;
}

function takeStorage(instance: Instance, { AZURE_STORAGE_CONNECTION_STRING, AzureWebJobsStorage }: Values): boolean {
  const setting = AZURE_STORAGE_CONNECTION_STRING || AzureWebJobsStorage;
  if (!setting) return false;
  const { account, key, blobUrl, tableUrl } = parseConnectionString(setting);
  const [blob, table] = [new URL(blobUrl), new URL(tableUrl)];
  if (!key || !loopback.has(blob.hostname) || !loopback.has(table.hostname)) return false;
  const queue = /QueueEndpoint=[^;]*:(\d+)\//i.exec(setting)?.[1] ?? Number(blob.port) + 1;
  Object.assign(instance, { storageAccount: account, storageKey: key });
  Object.assign(instance.ports, { blob: Number(blob.port), queue: Number(queue), table: Number(table.port) });
  return true;
}

type Values = Record<string, string>;

/** What `npm run services` wrote to local.settings.json for others to run with: `npm start` has services of its own. */
export async function settingsOfServices(): Promise<Values> {
  const instance = await readInstance(servicesDir).catch(() => undefined);
  return instance?.writtenSettings ?? {};
}
