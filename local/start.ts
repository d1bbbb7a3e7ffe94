/** `npm start`: the app on this machine, with a PostgreSQL and an Azurite of its own where none is named. */
import Module from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { settingsProblem } from "../shared/platform/config.ts";
import { showProgress } from "../shared/tools/progress.ts";
import { Refusal } from "../shared/tools/refusal.ts";
import { withoutSecrets } from "../shared/tools/secrets.ts";
import { readSettings, type Settings } from "../shared/tools/settings.ts";
import { ensureUi, installedVersion, pinned } from "../shared/tools/ui.ts";
import { banner } from "./banner.ts";
import { type Host, startHost } from "./host/index.ts";
import { begin, endOnSignals, fail, isEnding, onEnded, onStarted } from "./lifecycle.ts";
import { parseOptions, type StartOptions } from "./options.ts";
import { startServices } from "./services.ts";
import { settingsOfServices } from "./services-settings.ts";

async function main(args: string[]): Promise<void> {
  const started = performance.now();
  const options = parseOptions(args);
  if (!options) return;
  endOnSignals();
  // A fault during the start ends it; later the app goes on, as under the real worker.
  let running = false;
  process.on("uncaughtException", (error) => {
    const said = withoutSecrets(`${error?.stack ?? error}`);
    if (running) console.error(`An error that nothing caught; the app goes on. ${said}`);
    else fail(`An error that nothing caught: ${said}`);
  });
  keepCompiled();
  // Let the heap double before it is cleared, not quadruple: a quarter less memory under load, for a tenth more work in
  // large answers.
  setFlagsFromString("--heap-growing-percent=100");
  const { host, settings } = await begin(startAll(options));
  running = true;
  if (isEnding()) return;
  const page = await installedVersion();
  console.log(banner(options, settings, host, performance.now() - started));
  if (!page && options.ui) await bringPage();
}

/** From Node 22 on, what was compiled once is kept for the next start, Azurite's code too: a fifth of its work. */
function keepCompiled(): void {
  process.env.NODE_COMPILE_CACHE ??= join(__dirname, "compile-cache");
  (Module as { enableCompileCache?(): unknown }).enableCompileCache?.();
}

/** Puts MLflow's page in place; the API is served meanwhile. */
async function bringPage(): Promise<void> {
  const stop = new AbortController();
  const progress = showProgress();
  const installed = ensureUi({ version: pinned.version, signal: stop.signal, onProgress: progress.show })
    .finally(progress.end)
    .then(
      (source) => console.log(`The page is ready (${source}): reload it.`),
      (error: Error) => {
        if (!stop.signal.aborted) console.error(`No page yet: ${withoutSecrets(error.message)}. ${remedy}`);
      },
    );
  onStarted(async () => {
    stop.abort();
    await installed;
  });
  await installed;
}

const remedy = "Run npm run ui where Python with pip and the network are at hand; the API is served without.";

async function startAll(options: StartOptions): Promise<{ host: Host; settings: Settings }> {
  const given = await readSettings(await settingsOfServices());
  refuseWrong(given);
  await tryAddress(options);
  const settings = await startServices(withBodyLimit(given), options, { onStarted, onEnded });
  const host = await startApp(options, settings);
  onStarted(host.close);
  return { host, settings };
}

function refuseWrong(settings: Settings): void {
  const problem = settingsProblem(settings);
  if (problem !== undefined) throw new Refusal(`${problem}.`);
}

/** As in local.settings.example.json; beyond what the app takes itself, which can then say so. */
function withBodyLimit(settings: Settings): Settings {
  const proxied = Number(settings.MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT ?? 0);
  return { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: String(Math.max(20 * 2 ** 20, 2 * proxied)), ...settings };
}

/** Finds out whether the app will be able to listen before anything is started for it. */
async function tryAddress({ host, port }: StartOptions): Promise<void> {
  const server = createServer();
  await new Promise<void>((listening, failed) => {
    server.once("error", failed);
    server.listen(port, host, listening);
  }).catch((error: NodeJS.ErrnoException) => {
    throw addressRefusal(error, { host, port }) ?? error;
  });
  await new Promise((closed) => server.close(closed));
}

function addressRefusal({ code }: NodeJS.ErrnoException, { host, port }: { host: string; port: number }) {
  if (code === "EADDRINUSE") return new Refusal(`Port ${port} on ${host} is taken: choose another with --port.`);
  if (code === "EACCES") return new Refusal(`Port ${port} may not be used by this user: choose another with --port.`);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "EINVAL")
    return new Refusal(`${host} is not an address of this machine.`);
}

async function startApp({ host, port }: StartOptions, settings: Settings): Promise<Host> {
  const log = (level: string, message: string) => {
    if (level === "error" || level === "critical" || level === "warning") console.error(withoutSecrets(message));
  };
  try {
    return await startHost({ entry: join(__dirname, "main.cjs"), host, port, settings, log });
  } catch (error) {
    const { message } = error as Error;
    throw addressRefusal(error as Error, { host, port }) ?? new Refusal(`The app could not be loaded: ${message}`);
  }
}

main(process.argv.slice(2)).catch((error: Error) => {
  if (!isEnding()) return fail(error);
});
