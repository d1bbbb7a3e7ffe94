/**
 * Azurite (Blob and Table) as a child process, with its own account, since the key of the well-known account is public.
 */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { chmod, mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { azuriteConnection } from "../shared/tools/embedded-services.ts";
import { choosePort, type Instance, saveInstance } from "../shared/tools/instance.ts";
import { ended, stopChild, stopOrphan } from "../shared/tools/processes.ts";
import { Refusal } from "../shared/tools/refusal.ts";

export interface Azurite {
  connectionString: string;
  /** Where it says why it ended. */
  log: string;
  /** Resolves when it ends, for whatever reason. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

const ending = { ask: "SIGTERM", force: "SIGKILL" } as const;

/**
 * Starts Azurite on `host`, whose address the endpoints name so that artifact URLs lead there.
 * @throws Refusal where it does not start
 */
export async function startAzurite(dataDir: string, instance: Instance, host: string): Promise<Azurite> {
  const location = azuriteLocation(dataDir);
  await mkdir(location, { recursive: true, mode: 0o700 });
  await chmod(location, 0o700);
  await endAzurite(dataDir, instance);
  const { ports } = instance;
  for (const service of ["blob", "queue", "table"] as const) await choosePort(instance, service, host);
  const log = join(resolve(dataDir), "azurite.log");
  const output = openSync(log, "a", 0o600);
  const child = spawn(process.execPath, [azuriteEntry(), ...argumentsFor(location, host, ports)], {
    stdio: ["ignore", output, output],
    detached: true,
    env: { ...process.env, AZURITE_ACCOUNTS: `${instance.storageAccount}:${instance.storageKey}` },
  });
  closeSync(output);
  // Saved at once: if this process is killed from here on, the next start must find Azurite.
  instance.azuritePid = child.pid;
  saveInstance(dataDir, instance);
  const stop = () => stopChild(child, ending);
  const gone = ended(child);
  await ready(gone, host, [ports.blob!, ports.table!], log).catch(async (error: Error) => {
    await stop();
    throw error;
  });
  return { connectionString: azuriteConnection(instance, publicAddress(host)), log, ended: gone, stop };
}

const azuriteLocation = (dataDir: string) => join(resolve(dataDir), "azurite");

/** Ends the Azurite that an earlier start left running on a data directory. */
export async function endAzurite(dataDir: string, { azuritePid }: Instance): Promise<void> {
  if (azuritePid) await stopOrphan(azuritePid, azuriteLocation(dataDir), ending);
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

/** The address other machines reach `host` by: for "all addresses" this machine's first that is not loopback. */
export function publicAddress(host: string): string {
  if (host !== "0.0.0.0" && host !== "::") return host;
  const addresses = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return addresses.find(({ internal, family }) => !internal && family === "IPv4")?.address ?? "127.0.0.1";
}

async function ready(gone: Promise<void>, host: string, ports: number[], log: string): Promise<void> {
  let exited = false;
  gone.then(() => {
    exited = true;
  });
  for (let waited = 0; waited < 60_000 && !exited; waited += 20) {
    const answers = await Promise.all(ports.map((port) => listens(host, port)));
    if (answers.every(Boolean)) return;
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
