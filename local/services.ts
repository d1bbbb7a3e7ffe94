/** The PostgreSQL and the Azurite that stand in where the settings name no others. */
import { realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { withStorage } from "../shared/tools/embedded-services.ts";
import { DamagedInstance, type Instance, openInstance, readInstance } from "../shared/tools/instance.ts";
import { lock } from "../shared/tools/lock.ts";
import type { Settings } from "../shared/tools/settings.ts";
import { type Azurite, endAzurite, publicAddress, startAzurite } from "./azurite.ts";
import { setCors } from "./cors.ts";
import type { StartOptions } from "./options.ts";
import type { Postgres } from "./postgres.ts";
import { clearPostgres } from "./postgres-data.ts";

interface Running {
  /** Takes what has to be stopped again, in the order in which it was started. */
  onStarted(stop: () => Promise<void>): void;
  /** Told when a service ends by itself, and where it says why. */
  onEnded(service: string, log: string): void;
}

/**
 * Starts what the settings do not name.
 * @returns the settings with what was started
 * @throws Refusal where that can't be done
 */
export async function startServices(settings: Settings, options: StartOptions, running: Running): Promise<Settings> {
  const wanted = {
    postgres: !settings.MLFLOW_BACKEND_STORE_URI,
    azurite: !settings.AZURE_STORAGE_CONNECTION_STRING,
  };
  if (!wanted.postgres && !wanted.azurite) return settings;
  const claimed = await claim(options, running);
  const { postgres, azurite } = await runServices(claimed, wanted, options, running);
  const stored = azurite ? withStorage(azurite.connectionString, settings) : settings;
  return postgres ? { ...stored, MLFLOW_BACKEND_STORE_URI: postgres.uri } : stored;
}

interface Claimed {
  /** The one name by which processes on it are found again. */
  dataDir: string;
  instance: Instance;
}

/**
 * Makes a data directory this process's own.
 * @throws Refusal where another start has it, or it holds something else
 */
export async function claim(
  { dataDir, fresh }: Pick<StartOptions, "dataDir" | "fresh">,
  running: Running,
): Promise<Claimed> {
  if (!fresh) await readInstance(dataDir);
  running.onStarted(await lock(dataDir));
  const real = await realpath(dataDir);
  if (fresh) await clear(real);
  return { dataDir: real, instance: await openInstance(real) };
}

/**
 * Starts services on a data directory, for an app on `host` and `port`.
 * @throws Refusal where that can't be done
 */
export async function runServices(
  { dataDir, instance }: Claimed,
  wanted: { postgres: boolean; azurite: boolean },
  app: Pick<StartOptions, "host" | "port">,
  running: Running,
): Promise<{ postgres?: Postgres; azurite?: Azurite }> {
  const started: { postgres?: Postgres; azurite?: Azurite } = {};
  const database = async () => {
    const { startPostgres } = await import("./postgres.ts");
    const postgres = await startPostgres(dataDir, instance);
    running.onStarted(postgres.stop);
    postgres.ended.then(() => running.onEnded("PostgreSQL", postgres.log));
    started.postgres = postgres;
  };
  const storage = async () => {
    const azurite = await startAzurite(dataDir, instance, app.host);
    running.onStarted(azurite.stop);
    azurite.ended.then(() => running.onEnded("Azurite", azurite.log));
    await setCors(azurite.connectionString, ownOrigins(app));
    started.azurite = azurite;
  };
  // All are waited for: one that fails must not leave another behind that is still starting.
  const outcomes = await Promise.allSettled([wanted.postgres && database(), wanted.azurite && storage()]);
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  return started;
}

/** Where the page of an app on this address can have been loaded from. */
function ownOrigins({ host, port }: Pick<StartOptions, "host" | "port">): string[] {
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
