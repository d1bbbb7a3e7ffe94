/** An embedded Azure Functions host: drives the app's bundle as the real host and Node worker do, in this process. */
import { readFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join, resolve } from "node:path";
import { putIntoEnvironment, type Settings } from "../../shared/tools/settings.ts";
import { loadApp } from "./functions-core.ts";
import { type RequestLog, requestListener } from "./http.ts";
import { parserLimit, refuseUnparsed } from "./refusals.ts";
import { httpFunctions } from "./routes.ts";
import { startTimers, timerFunctions } from "./timers.ts";

/** Of the real host, in bytes. */
const defaultBodyLimit = 104_857_600;

export interface HostOptions {
  /** What package.json names. host.json is looked for in its folder, then above that. */
  entry: string;
  host: string;
  /** 0 for any free port. */
  port: number;
  /** The app's settings, which it is given as its environment; that of this process where they are left out. */
  settings?: Settings;
  log?: (level: string, message: string) => void;
  onRequest?: (entry: RequestLog) => void;
}

export interface Host {
  url: string;
  port: number;
  /** Runs a timer function now. */
  runTimer(name: string): Promise<void>;
  /** Runs the appTerminate hooks and drops what is under way, as the real worker does. */
  close(): Promise<void>;
}

/** @throws Error with `code` EADDRINUSE where the port is taken */
export async function startHost(options: HostOptions): Promise<Host> {
  const { settings = process.env, log = () => {}, onRequest = () => {} } = options;
  putIntoEnvironment(settings);
  const entry = resolve(options.entry);
  const app = await loadApp(entry, log);
  app.listensOn?.(options.host);
  const { routePrefix = "api", ...limits } = await httpSettings(dirname(entry));
  const functions = httpFunctions(app.functions, routePrefix);
  const timed = timerFunctions(app.functions, settings);
  const maxConcurrent = limitOf(limits.maxConcurrentRequests ?? 100);
  const maxOutstanding = limitOf(limits.maxOutstandingRequests ?? 200);
  const bodyLimit = Number(settings.FUNCTIONS_REQUEST_BODY_SIZE_LIMIT || defaultBodyLimit);
  const listener = requestListener({ app, functions, maxConcurrent, maxOutstanding, bodyLimit, log, onRequest });
  const server = http.createServer({ maxHeaderSize: parserLimit, requireHostHeader: false }, listener);
  refuseUnparsed(server);
  server.keepAliveTimeout = 60_000;
  server.headersTimeout = 30_000;
  // A body may take as long as it keeps to the least rate.
  server.requestTimeout = 0;
  await new Promise<void>((started, failed) => {
    server.once("error", failed);
    server.listen(options.port, options.host, started);
  });
  const timers = startTimers(app, timed, log);
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    timers.stop();
    await app.runHooks("appTerminate", { appHookData: app.appHookData });
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
  const name = options.host.includes(":") ? `[${options.host}]` : options.host;
  return { url: `http://${name}:${port}`, port, runTimer: timers.run, close };
}

interface HttpSettings {
  routePrefix?: string;
  /** -1: as many as come. */
  maxConcurrentRequests?: number;
  /** The same. */
  maxOutstandingRequests?: number;
}

const limitOf = (setting: number) => (setting > 0 ? setting : Number.POSITIVE_INFINITY);

/** `extensions.http` of host.json, beside the entry or above its folder. */
async function httpSettings(folder: string): Promise<HttpSettings> {
  const read = (path: string) => readFile(join(path, "host.json"), "utf8");
  const text = await read(folder)
    .catch(() => read(dirname(folder)))
    .catch(() => "{}");
  const settings: { extensions?: { http?: HttpSettings } } = JSON.parse(text);
  return settings.extensions?.http ?? {};
}
