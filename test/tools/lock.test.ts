import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lock } from "../../shared/tools/lock.ts";
import { startOf } from "../../shared/tools/processes.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlflow-functions-lock-"));
  file = join(folder, "start.pid");
});
afterEach(() => rm(folder, { recursive: true }));

describe("a data directory", () => {
  it("is had by one process, until it gives it back", async () => {
    const unlock = await lock(folder);
    await expect(lock(folder)).rejects.toThrow(`is in use by another start, process ${process.pid}.`);
    await unlock();
    await (await lock(folder))();
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ["a process that ended", "999999999 1"],
    ["another process of the same number", `${process.pid} 1`],
    ["a start killed while it wrote", ""],
  ])("is taken from %s", async (_, left) => {
    await writeFile(file, left);
    const unlock = await lock(folder);
    expect(await readFile(file, "utf8")).toBe(`${process.pid} ${startOf(process.pid)}`);
    await unlock();
  });

  it("is taken where the one that was taking it was killed too", async () => {
    await writeFile(file, "999999999 1");
    await writeFile(`${file}.taking`, "999999998 1");
    await (await lock(folder))();
    expect(await readdir(folder)).toEqual([]);
  });

  it("is had by one of many that find it left behind", async () => {
    await writeFile(file, "999999999 1");
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => lock(folder)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });
});
