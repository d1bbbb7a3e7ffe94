import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startOf } from "./processes.ts";
import { Refusal } from "./refusal.ts";

const fileName = "start.pid";

/**
 * Claims a data directory for this process; answers how to give it back.
 * @throws Refusal where another start has it
 */
export async function lock(dataDir: string): Promise<() => Promise<void>> {
  await mkdir(dataDir, { recursive: true }).catch((error: Error) => {
    throw new Refusal(`The data directory ${dataDir} can't be made: ${error.message}.`);
  });
  const path = join(dataDir, fileName);
  while (!(await claim(path, dataDir))) await takeStale(path, dataDir);
  return () => rm(path, { force: true });
}

async function claim(path: string, dataDir: string): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    await file.writeFile(`${process.pid} ${startOf(process.pid)}`);
    await file.close();
    return true;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    throw new Refusal(`The data directory ${dataDir} can't be used: ${message}.`);
  }
}

/** A start that was killed leaves its lock behind, and its number may by now be another program's. */
async function takeStale(path: string, dataDir: string): Promise<void> {
  const text = await settled(path);
  const [pid, started] = text.split(" ");
  if (startOf(Number(pid)) === started && started !== undefined)
    throw new Refusal(`The data directory ${dataDir} is in use by another start, process ${pid}.`);
  const taken = `${path}.${process.pid}`;
  const moved = await rename(path, taken).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  // Another start may have taken the stale lock first, and this is its own: it gets it back.
  if ((await readFile(taken, "utf8")) === text) await rm(taken);
  else await rename(taken, path);
}

/** A lock's content. One that is empty is being written just now, or was when its start was killed. */
async function settled(path: string): Promise<string> {
  for (let waited = 0; waited < 500; waited += 20) {
    const text = await readFile(path, "utf8").catch(() => "");
    if (text !== "") return text;
    await delay(20);
  }
  return "";
}
