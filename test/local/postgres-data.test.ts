import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { endOrphan } from "../../local/postgres-data.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlflow-functions-orphan-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("a postmaster.pid left behind", () => {
  it("goes where its number is another program's by now, which goes on", async () => {
    const file = join(folder, "postmaster.pid");
    await writeFile(file, `${process.pid}\n${folder}\n`);
    await endOrphan(folder);
    expect(existsSync(file)).toBe(false);
  });

  it("stays where no such process runs: PostgreSQL sees that itself", async () => {
    const file = join(folder, "postmaster.pid");
    await writeFile(file, "999999999\n");
    await endOrphan(folder);
    expect(existsSync(file)).toBe(true);
  });
});
