/** What a data directory remembers of its embedded services. */
import { randomBytes } from "node:crypto";
import { renameSync, writeFileSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { freePort } from "./processes.ts";
import { Refusal } from "./refusal.ts";

export interface Instance {
  /** Distinguishes our data directories from others'. */
  madeBy: "mlflow-functions";
  /** Where it was made: it may have been moved or copied since. */
  directory: string;
  password: string;
  storageAccount: string;
  storageKey: string;
  /** Where PostgreSQL's files lie. */
  postgresHome?: string;
  ports: { postgres?: number; blob?: number; queue?: number; table?: number };
  azuritePid?: number;
  /** Settings name the ports, so they must not change. */
  fixedPorts?: boolean;
  /** The `Values` that were written to local.settings.json for these services. */
  writtenSettings?: Record<string, string>;
}

const fileName = "instance.json";

export class DamagedInstance extends Refusal {}

/**
 * Opens or makes a data directory.
 * @throws Refusal for a directory that holds something else or can't be written
 */
export async function openInstance(dataDir: string): Promise<Instance> {
  try {
    await mkdir(dataDir, { recursive: true });
    const instance = await readInstance(dataDir);
    if (instance) return instance;
    const made = newInstance(resolve(dataDir));
    saveInstance(dataDir, made);
    return made;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(`The data directory ${dataDir} can't be used: ${(error as Error).message}.`);
  }
}

/**
 * What a data directory remembers; undefined where there is none yet, or nothing in it.
 * @throws Refusal for a directory that holds something else
 */
export async function readInstance(dataDir: string): Promise<Instance | undefined> {
  const text = await readFile(join(dataDir, fileName), "utf8").catch(() => undefined);
  if (text === undefined) return refuseStrangers(dataDir);
  const instance = parse(text);
  if (instance && instance.madeBy !== "mlflow-functions")
    throw new Refusal(`${dataDir} holds files that are not this app's (${fileName}): choose another --data-dir.`);
  if (!isWhole(instance))
    throw new DamagedInstance(`${join(dataDir, fileName)} is damaged: start with --fresh, which deletes the data.`);
  return instance;
}

function parse(text: string): Partial<Instance> | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

const isWhole = (instance: Partial<Instance> = {}): instance is Instance =>
  [instance.password, instance.storageAccount, instance.storageKey].every((value) => typeof value === "string") &&
  typeof instance.ports === "object";

/** Virtual environments of the acceptance tests may lie there too, and the data of `npm run services`. */
async function refuseStrangers(dataDir: string): Promise<undefined> {
  const names = await readdir(dataDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new Refusal(`The data directory ${dataDir} can't be used: ${error.message}.`);
  });
  const stranger = names.find((name) => !/^(start\.pid|instance\.json\.new|venv-|services$)/.test(name));
  if (stranger)
    throw new Refusal(`${dataDir} holds files that are not this app's (${stranger}): choose another --data-dir.`);
}

const newInstance = (directory: string): Instance => ({
  madeBy: "mlflow-functions",
  directory,
  password: randomBytes(18).toString("base64url"),
  storageAccount: `local${randomBytes(6).toString("hex")}`,
  storageKey: randomBytes(64).toString("base64"),
  ports: {},
});

/** Written whole or not at all, and readable only by its owner: it holds a password and a key. */
export function saveInstance(dataDir: string, instance: Instance): void {
  const path = join(dataDir, fileName);
  writeFileSync(`${path}.new`, JSON.stringify(instance, undefined, 2), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/**
 * Chooses the port of a service: the one it had, or any free one where settings do not name it.
 * @throws Refusal where they do and it is taken
 */
export async function choosePort(
  { ports, fixedPorts }: Instance,
  service: keyof Instance["ports"],
  host: string,
): Promise<number> {
  const wanted = ports[service];
  const port = await freePort(host, wanted);
  if (fixedPorts && port !== wanted)
    throw new Refusal(
      `Port ${wanted}, which local.settings.json names for ${names[service]}, is taken by another program.`,
    );
  ports[service] = port;
  return port;
}

const names = { postgres: "PostgreSQL", blob: "Blob Storage", queue: "Queue Storage", table: "Table Storage" };
