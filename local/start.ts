/** `npm start`: the app on this machine, with a PostgreSQL and an Azurite of its own where none is named. */
import { readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { startAzurite } from "./azurite.ts";
import { type Host, startHost } from "./host/index.ts";
import { type Instance, lock, openInstance, saveInstance } from "./instance.ts";
import { help, parseOptions, type StartOptions } from "./options.ts";
import { startPostgres } from "./postgres.ts";
import { Refusal } from "./refusal.ts";

const stopping: (() => Promise<void>)[] = [];
let ended: Promise<void> | undefined;

/** Stops everything that was started, the last first. */
function stopAll(): Promise<void> {
  ended ??= (async () => {
    while (stopping.length > 0) await stopping.pop()!().catch((error: Error) => console.error(error.message));
  })();
  return ended;
}

async function main(args: string[]): Promise<void> {
  const started = performance.now();
  const options = parseOptions(args);
  if (options.help) return console.log(help);
  await readLocalSettings();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => stopAll().then(() => process.exit(0)));
  await startServices(options);
  const host = await startApp(options);
  stopping.push(() => host.close());
  console.log(banner(options, host, performance.now() - started));
}

/** `Values` of local.settings.json, as Core Tools reads them; the environment goes first. */
async function readLocalSettings(): Promise<void> {
  const text = await readFile("local.settings.json", "utf8").catch(() => "{}");
  const { Values = {} }: { Values?: Record<string, string> } = JSON.parse(text);
  for (const [name, value] of Object.entries(Values)) process.env[name] ??= value;
}

async function startServices(options: StartOptions): Promise<void> {
  const ownDatabase = !process.env.MLFLOW_BACKEND_STORE_URI;
  const ownStorage = !process.env.AZURE_STORAGE_CONNECTION_STRING;
  if (!ownDatabase && !ownStorage) return;
  const unlock = await lock(options.dataDir);
  stopping.push(unlock);
  if (options.fresh) await clear(options.dataDir);
  const instance = await openInstance(options.dataDir);
  await Promise.all([ownDatabase && startDatabase(options, instance), ownStorage && startStorage(options, instance)]);
  await saveInstance(options.dataDir, instance);
}

async function startDatabase({ dataDir }: StartOptions, instance: Instance): Promise<void> {
  const postgres = await startPostgres(dataDir, instance);
  stopping.push(postgres.stop);
  process.env.MLFLOW_BACKEND_STORE_URI = postgres.uri;
}

async function startStorage({ dataDir, host }: StartOptions, instance: Instance): Promise<void> {
  const azurite = await startAzurite(dataDir, instance, host);
  stopping.push(azurite.stop);
  process.env.AZURE_STORAGE_CONNECTION_STRING = azurite.connectionString;
  process.env.AzureWebJobsStorage ??= azurite.connectionString;
}

/** Deletes the services' data; what else is in the directory (the virtual environments of the tests) stays. */
async function clear(dataDir: string): Promise<void> {
  const instance: Partial<Instance> = await readFile(join(dataDir, "instance.json"), "utf8").then(
    JSON.parse,
    () => ({}),
  );
  if (instance.madeBy !== "mlflow-functions") return;
  const owned = ["instance.json", "postgresql", "azurite", "postgres.log", "azurite.log"].map((name) =>
    join(dataDir, name),
  );
  if (instance.postgresHome) owned.push(instance.postgresHome);
  for (const path of owned) await rm(path, { recursive: true, force: true });
}

async function startApp({ host, port }: StartOptions): Promise<Host> {
  process.env.MLFLOW_FUNCTIONS_HOST ??= host;
  const log = (level: string, message: string) => {
    if (level === "error" || level === "critical" || level === "warning") console.error(message);
  };
  try {
    return await startHost({ entry: join(__dirname, "main.cjs"), host, port, log });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") throw new Refusal(`Port ${port} on ${host} is taken: choose another with --port.`);
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
      throw new Refusal(`${host} is not an address of this machine.`);
    if (code === "EACCES") throw new Refusal(`Port ${port} may not be used by this user: choose another with --port.`);
    throw new Refusal(`The app could not be loaded: ${message}`);
  }
}

function banner({ dataDir, host }: StartOptions, { url }: Host, milliseconds: number): string {
  const place = (uri: string) => uri.replace(/\/\/[^@/]*@/, "//");
  const storage = /BlobEndpoint=([^;]*)/.exec(process.env.AZURE_STORAGE_CONNECTION_STRING ?? "")?.[1] ?? "Azure";
  const open = !/^(127\.|localhost|::1)/.test(host) && process.env.MLFLOW_FUNCTIONS_AUTH !== "none";
  return [
    `mlflow-functions is ready (${(milliseconds / 1000).toFixed(1)} s)`,
    "",
    `  MLflow API   ${url}`,
    `  PostgreSQL   ${place(process.env.MLFLOW_BACKEND_STORE_URI ?? "")}`,
    `  Blob         ${storage}`,
    `  Data         ${resolve(dataDir)}`,
    "",
    ...(open
      ? [`  Other machines can reach ${host}: only /health is served until MLFLOW_FUNCTIONS_AUTH=none is set.`, ""]
      : []),
    `  export MLFLOW_TRACKING_URI=${url}`,
    "",
    "Ctrl-C stops everything.",
  ].join("\n");
}

main(process.argv.slice(2)).catch(async (error: Error) => {
  await stopAll();
  console.error(error instanceof Refusal ? error.message : error.stack);
  process.exit(1);
});
