import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startOf } from "./processes.ts";
import { Refusal } from "./refusal.ts";

const fileName = "start.pid";

/**
 * Claims a data directory for this process. Returns the release.
 * @throws Refusal where another start has it
 */
export async function lock(dataDir: string): Promise<() => Promise<void>> {
  const path = join(dataDir, fileName);
  try {
    mkdirSync(dataDir, { recursive: true });
    await acquire(path, (pid) => {
      throw new Refusal(`The data directory ${dataDir} is in use by another start, process ${pid}.`);
    });
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(`The data directory ${dataDir} can't be used: ${(error as Error).message}.`);
  }
  return () => rm(path, { force: true });
}

/**
 * Claims a file for this process, waiting until its holder has released it or has ended. Returns the release.
 * @throws what `signal` throws
 */
export async function waitForLock(path: string, signal?: AbortSignal): Promise<() => Promise<void>> {
  await acquire(path, () => delay(200, undefined, { signal }));
  return () => rm(path, { force: true });
}

async function acquire(path: string, onTaken: (pid: string) => unknown): Promise<void> {
  while (!claim(path)) {
    const text = await settled(path);
    if (text === undefined) continue;
    const [pid = "", started] = text.split(" ");
    if (started !== undefined && startOf(Number(pid)) === started) await onTaken(pid);
    else await takeAway(path, text);
  }
}

function claim(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid} ${startOf(process.pid)}`, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Removes the lock of a killed start, whose process id may belong to another program by now. Only one process does so
 * at a time, under a second lock; the next one finds the new owner's lock and leaves it.
 */
async function takeAway(path: string, stale: string): Promise<void> {
  const taking = `${path}.taking`;
  await acquire(taking, () => delay(20));
  if ((await settled(path)) === stale) await rm(path);
  await rm(taking);
}

/**
 * A lock's content. One that stays empty was being written when its start was killed. Undefined where there is none.
 */
async function settled(path: string): Promise<string | undefined> {
  for (let waited = 0; waited < 500; waited += 20) {
    const text = readIfThere(path);
    if (text !== "") return text;
    await delay(20);
  }
  return "";
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
