/** What a data directory remembers of its embedded services, and the lock that keeps a second start away. */
import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { commandOf } from "./processes.ts";
import { Refusal } from "./refusal.ts";

export interface Instance {
  /** Distinguishes our data directories from others'. */
  madeBy: "mlflow-functions";
  password: string;
  storageAccount: string;
  storageKey: string;
  /** Where PostgreSQL's files lie, where its user can't reach the data directory itself. */
  postgresHome?: string;
  ports: { postgres?: number; blob?: number; queue?: number; table?: number };
  azuritePid?: number;
}

const fileName = "instance.json";

/**
 * Opens or makes a data directory.
 * @throws Refusal for a directory that holds something else or can't be written
 */
export async function openInstance(dataDir: string): Promise<Instance> {
  try {
    await mkdir(dataDir, { recursive: true });
    const text = await readFile(join(dataDir, fileName), "utf8").catch(() => undefined);
    if (text !== undefined) return JSON.parse(text);
    const strangers = (await readdir(dataDir)).filter((name) => name !== lockName && !name.startsWith("venv-"));
    if (strangers.length > 0)
      throw new Refusal(`${dataDir} holds files that are not this app's (${strangers[0]}): choose another --data-dir.`);
    const instance = newInstance();
    await saveInstance(dataDir, instance);
    return instance;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (error instanceof SyntaxError)
      throw new Refusal(`${join(dataDir, fileName)} is damaged: start with --fresh, which deletes the data.`);
    throw new Refusal(`The data directory ${dataDir} can't be used: ${(error as Error).message}.`);
  }
}

const newInstance = (): Instance => ({
  madeBy: "mlflow-functions",
  password: randomBytes(18).toString("base64url"),
  storageAccount: `local${randomBytes(6).toString("hex")}`,
  storageKey: randomBytes(64).toString("base64"),
  ports: {},
});

/** Written whole or not at all, and readable by nobody else: it holds a password and a key. */
export async function saveInstance(dataDir: string, instance: Instance): Promise<void> {
  const path = join(dataDir, fileName);
  await writeFile(`${path}.new`, JSON.stringify(instance, undefined, 2), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

const lockName = "start.pid";

/**
 * Claims a data directory for this process; answers how to give it back.
 * @throws Refusal where another start has it
 */
export async function lock(dataDir: string): Promise<() => Promise<void>> {
  await mkdir(dataDir, { recursive: true }).catch((error: Error) => {
    throw new Refusal(`The data directory ${dataDir} can't be made: ${error.message}.`);
  });
  const path = join(dataDir, lockName);
  const file = await open(path, "wx").catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw new Refusal(`The data directory ${dataDir} can't be used: ${error.message}.`);
    const pid = Number(await readFile(path, "utf8").catch(() => ""));
    // A killed start leaves its lock behind, and its number may by now be another program's.
    if (pid !== process.pid && commandOf(pid)?.includes("start.cjs"))
      throw new Refusal(`The data directory ${dataDir} is in use by another start, process ${pid}.`);
    await rm(path, { force: true });
    return undefined;
  });
  if (!file) return lock(dataDir);
  await file.writeFile(String(process.pid));
  await file.close();
  return () => rm(path, { force: true });
}
