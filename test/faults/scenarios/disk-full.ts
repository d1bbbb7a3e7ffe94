import { execFileSync } from "node:child_process";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { Load, pause } from "../load.ts";
import { type Scenario, Skipped } from "../scenario.ts";
import type { Stage } from "../stage.ts";

// WAL as small as it can be, so that the disk is soon full.
const settings = ["min_wal_size=32MB", "max_wal_size=48MB", "wal_recycle=off"];
const seconds = 10;

/** PostgreSQL's disk has no space left, and gets some again. */
export const diskFull: Scenario = {
  name: "disk-full",
  about: `PostgreSQL on a disk of its own (tmpfs) that is full for ${seconds} s`,
  limit: 120_000,
  run: async (stage) => {
    const disk = await aDisk(stage);
    let postgres = await stage.postgres(settings);
    const { uri } = postgres;
    let gone = false;
    postgres.ended.then(() => {
      gone = true;
    });
    const app = await stage.app({ MLFLOW_BACKEND_STORE_URI: uri });
    const load = new Load({ urls: [app.url], clients: 16 });
    await load.progress(200, 10_000);
    const filler = await fill(disk);
    await pause(seconds * 1000);
    await rm(filler);
    // Without space for its log PostgreSQL ends by itself.
    const ended = gone;
    if (ended) postgres = await stage.postgres(settings);
    const back = await load.progress(100, 40_000);
    await load.stop();
    const problems = await load.check(uri);
    const note = ended ? "PostgreSQL ended by itself and was started again" : "PostgreSQL went on";
    return { load, note, wrong: back ? problems : ["fewer than 100 writes in the 40 s after", ...problems] };
  },
};

/** A small disk where PostgreSQL's files will lie. */
async function aDisk(stage: Stage): Promise<string> {
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    throw new Skipped("only root on Linux can mount a disk");
  const disk = join(stage.folder, "postgresql");
  await mkdir(disk);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=192m,mode=1777", "tmpfs", disk], { stdio: "pipe" });
  } catch (error) {
    throw new Skipped(`no disk can be mounted here (${(error as Error).message.split("\n").at(-1)})`);
  }
  stage.onEnd(async () => execFileSync("umount", [disk]));
  return disk;
}

/** Writes a file until nothing more fits. Its path. */
async function fill(disk: string): Promise<string> {
  const path = join(disk, "filler");
  const file = await open(path, "w");
  const megabyte = Buffer.alloc(2 ** 20);
  for (const piece of [megabyte, megabyte.subarray(0, 4096)])
    for (let full = false; !full; )
      await file.write(piece).catch(() => {
        full = true;
      });
  await file.close();
  return path;
}
