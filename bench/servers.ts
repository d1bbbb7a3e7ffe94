import { resolve } from "node:path";
import { startStock } from "../test/acceptance/stock-server.ts";
import { memoryOf, type Server, startApp } from "./apps.ts";
import { closeConnections } from "./client.ts";
import { machine, makeDatabases } from "./databases.ts";

/** This app and what it is compared with, each with a database of its own on one PostgreSQL. */
export interface Servers {
  /** A stock server, or another build of this app. */
  other: Server;
  app: Server;
  /** The process id of their PostgreSQL. */
  postgres: number;
  /** Lets this app write into the other server's database, which is many times faster than a stock server. */
  otherThroughApp<T>(work: (url: string) => Promise<T>): Promise<T>;
  /** Leaves autovacuum nothing to do on either database. */
  settle(): Promise<void>;
  /** Of this app, as text. */
  memory(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts both, and says on what machine and how fast they were there.
 * @param before the folder of another checkout of this app, built; a stock server where it is not given
 */
export async function startServers(before?: string): Promise<Servers> {
  const databases = await makeDatabases("other", "app");
  const { folder, settle } = databases;
  const [otherDatabase, appDatabase] = databases.uris;
  const other = before ? await startOther(otherDatabase!, folder, before) : await startStockServer(otherDatabase!);
  await startApp(appDatabase!, folder).then(({ process }) => process.kill());
  const app = await startApp(appDatabase!, folder);
  console.log(machine());
  console.log(
    `Process start to first answer: ${before ? "before" : "stock"} ${Math.round(other.milliseconds)} ms, this app ${Math.round(app.milliseconds)} ms`,
  );
  const stop = async () => {
    closeConnections();
    app.process.kill();
    await other.stop();
    await databases.stop();
  };
  const otherThroughApp = async <T>(work: (url: string) => Promise<T>) => {
    const writer = await startApp(otherDatabase!, folder);
    return work(writer.url).finally(() => writer.process.kill());
  };
  const memory = () => memoryOf(app.pid);
  return { other, app, postgres: databases.pid, otherThroughApp, settle, memory, stop };
}

interface Other extends Server {
  /** From the start of the process to its first answer. */
  milliseconds: number;
  stop(): Promise<void>;
}

async function startStockServer(database: string): Promise<Other> {
  const started = performance.now();
  const { url, pid, stop } = await startStock({ database, workers: 2 });
  return { url, pid, milliseconds: performance.now() - started, stop };
}

/** The second start: the first makes the schema. */
async function startOther(database: string, dataDir: string, folder: string): Promise<Other> {
  const entry = resolve(folder, "dist/start.cjs");
  await startApp(database, dataDir, entry).then(({ process }) => process.kill());
  const { process, ...started } = await startApp(database, dataDir, entry);
  return { ...started, stop: async () => void process.kill() };
}
