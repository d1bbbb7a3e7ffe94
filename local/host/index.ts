/** An embedded Azure Functions host: drives the app's bundle as the real host and Node worker do, in this process. */
import { readFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join, resolve } from "node:path";
import { loadApp } from "./functions-core.ts";
import { type RequestLog, requestListener } from "./http.ts";
import { httpFunctions } from "./routes.ts";

export interface HostOptions {
  /** The app's bundle. host.json is looked for above its folder. */
  entry: string;
  host: string;
  /** 0 for any free port. */
  port: number;
  log?: (level: string, message: string) => void;
  onRequest?: (entry: RequestLog) => void;
}

export interface Host {
  url: string;
  port: number;
  close(): Promise<void>;
}

/** @throws Error with `code` EADDRINUSE where the port is taken */
export async function startHost(options: HostOptions): Promise<Host> {
  const { log = () => {}, onRequest = () => {} } = options;
  const entry = resolve(options.entry);
  const app = await loadApp(entry, log);
  const functions = httpFunctions(app.functions, await routePrefix(dirname(dirname(entry))));
  const server = http.createServer(requestListener(app, functions, log, onRequest));
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((started, failed) => {
    server.once("error", failed);
    server.listen(options.port, options.host, started);
  });
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    await app.runHooks("appTerminate", { appHookData: {} });
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
  return { url: `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}`, port, close };
}

async function routePrefix(folder: string): Promise<string> {
  const text = await readFile(join(folder, "host.json"), "utf8").catch(() => "{}");
  const settings: { extensions?: { http?: { routePrefix?: string } } } = JSON.parse(text);
  return settings.extensions?.http?.routePrefix ?? "api";
}
