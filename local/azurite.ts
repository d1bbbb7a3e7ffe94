/** Azurite (Blob and Table) as a child process, with an account of its own: the well-known one's key is everyone's. */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Instance } from "./instance.ts";
import { commandOf, freePort, stopProcess } from "./processes.ts";
import { Refusal } from "./refusal.ts";

export interface Azurite {
  connectionString: string;
  /** Resolves when the process ends, for whatever reason. */
  pid: number;
  stop(): Promise<void>;
}

/**
 * Starts Azurite on `host`, whose address the endpoints name so that artifact URLs lead there.
 * @throws Refusal where it does not start
 */
export async function startAzurite(dataDir: string, instance: Instance, host: string): Promise<Azurite> {
  const location = join(resolve(dataDir), "azurite");
  await mkdir(location, { recursive: true });
  if (instance.azuritePid) await stopProcess(instance.azuritePid, location);
  const { ports } = instance;
  for (const service of ["blob", "queue", "table"] as const) ports[service] = await freePort(host, ports[service]);
  const log = join(resolve(dataDir), "azurite.log");
  const output = openSync(log, "a", 0o600);
  const child = spawn(process.execPath, [azuriteEntry(), ...argumentsFor(location, host, ports)], {
    stdio: ["ignore", output, output],
    detached: true,
    env: { ...process.env, AZURITE_ACCOUNTS: `${instance.storageAccount}:${instance.storageKey}` },
  });
  closeSync(output);
  const pid = child.pid ?? 0;
  instance.azuritePid = pid;
  await ready(pid, host, [ports.blob!, ports.table!], log);
  return {
    connectionString: connectionString(instance, publicAddress(host)),
    pid,
    stop: () => stopProcess(pid, location),
  };
}

const azuriteEntry = () => createRequire(join(process.cwd(), "package.json")).resolve("azurite/dist/src/azurite.js");

function argumentsFor(location: string, host: string, ports: Instance["ports"]): string[] {
  const services = (["blob", "queue", "table"] as const).flatMap((service) => [
    `--${service}Host`,
    host,
    `--${service}Port`,
    String(ports[service]),
  ]);
  return [...services, "--location", location, "--silent", "--disableTelemetry", "--skipApiVersionCheck"];
}

function connectionString({ storageAccount, storageKey, ports }: Instance, host: string): string {
  const endpoint = (port: number) => `http://${host.includes(":") ? `[${host}]` : host}:${port}/${storageAccount}`;
  return [
    "DefaultEndpointsProtocol=http",
    `AccountName=${storageAccount}`,
    `AccountKey=${storageKey}`,
    `BlobEndpoint=${endpoint(ports.blob!)}`,
    `QueueEndpoint=${endpoint(ports.queue!)}`,
    `TableEndpoint=${endpoint(ports.table!)}`,
  ].join(";");
}

/** The address other machines reach `host` by: for "all addresses" this machine's first that is not loopback. */
function publicAddress(host: string): string {
  if (host !== "0.0.0.0" && host !== "::") return host;
  const addresses = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return addresses.find(({ internal, family }) => !internal && family === "IPv4")?.address ?? "127.0.0.1";
}

async function ready(pid: number, host: string, ports: number[], log: string): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 20) {
    const answers = await Promise.all(ports.map((port) => listens(host, port)));
    if (answers.every(Boolean)) return;
    if (commandOf(pid) === undefined) break;
    await delay(20);
  }
  const lines = await readFile(log, "utf8").catch(() => "");
  throw new Refusal(`Azurite did not start (${log}): ${lines.trim().split("\n").at(-1)}`);
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host);
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
