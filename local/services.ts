/** The PostgreSQL and the Azurite that stand in where the settings name no others. */
import { realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { endAzurite, publicAddress, startAzurite } from "./azurite.ts";
import { setCors } from "./cors.ts";
import { DamagedInstance, openInstance, readInstance } from "./instance.ts";
import { useStorage } from "./local-storage.ts";
import { lock } from "./lock.ts";
import type { StartOptions } from "./options.ts";
import { startPostgres } from "./postgres.ts";
import { clearPostgres } from "./postgres-data.ts";

interface Running {
  /** Takes what has to be stopped again, in the order in which it was started. */
  onStarted(stop: () => Promise<void>): void;
  /** Told when a service ends by itself, and where it says why. */
  onEnded(service: string, log: string): void;
}

const isUnset = (name: string) => !process.env[name];

/**
 * Starts what the settings do not name, and puts it into the settings.
 * @throws Refusal where that can't be done
 */
export async function startServices(options: StartOptions, running: Running): Promise<void> {
  const { host } = options;
  const ownDatabase = isUnset("MLFLOW_BACKEND_STORE_URI");
  const ownStorage = isUnset("AZURE_STORAGE_CONNECTION_STRING");
  if (!ownDatabase && !ownStorage) return;
  if (!options.fresh) await readInstance(options.dataDir);
  running.onStarted(await lock(options.dataDir));
  // The one name by which processes on it are found again.
  const dataDir = await realpath(options.dataDir);
  if (options.fresh) await clear(dataDir);
  const instance = await openInstance(dataDir);
  const database = async () => {
    const postgres = await startPostgres(dataDir, instance);
    running.onStarted(postgres.stop);
    postgres.ended.then(() => running.onEnded("PostgreSQL", postgres.log));
    process.env.MLFLOW_BACKEND_STORE_URI = postgres.uri;
  };
  const storage = async () => {
    const azurite = await startAzurite(dataDir, instance, host);
    running.onStarted(azurite.stop);
    azurite.ended.then(() => running.onEnded("Azurite", azurite.log));
    await setCors(azurite.connectionString, ownOrigins(options));
    useStorage(azurite.connectionString);
  };
  // All are waited for: one that fails must not leave another behind that is still starting.
  const outcomes = await Promise.allSettled([ownDatabase && database(), ownStorage && storage()]);
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}

/** Where the page of an app on this address can have been loaded from. */
function ownOrigins({ host, port }: StartOptions): string[] {
  const names = new Set(["localhost", "127.0.0.1", host, publicAddress(host)]);
  return [...names].map((name) => `http://${name.includes(":") ? `[${name}]` : name}:${port}`);
}

/** Deletes the services' data; what else is in the directory (the virtual environments of the tests) stays. */
async function clear(dataDir: string): Promise<void> {
  const instance = await readInstance(dataDir).catch((error: Error) => {
    if (error instanceof DamagedInstance) return undefined;
    throw error;
  });
  if (instance) await endAzurite(dataDir, instance);
  await clearPostgres(dataDir);
  for (const name of ["instance.json", "azurite", "postgres.log", "azurite.log"])
    await rm(join(dataDir, name), { recursive: true, force: true });
}
