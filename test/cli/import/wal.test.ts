/** SQLite files in WAL mode. */
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, it, vi } from "vitest";
import { type Target, unpackedBeside } from "./importing.ts";

// Each import is a process of its own, beside an app.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function from(name: string): Promise<{ target: Target; file: string }> {
  const { target, folder } = await unpackedBeside(name, closing);
  return { target, file: join(folder, "mlflow.db") };
}

/** Runs Python on the file; the process ends without closing it. */
const inPython = (file: string, ...statements: string[]) =>
  promisify(execFile)("python3", [
    "-c",
    `import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for statement in sys.argv[2:]:
    db.execute(statement)
db.commit()
os._exit(0)`,
    file,
    ...statements,
  ]);

it("are read where all changes are in the file, which stays as it is", async () => {
  const { target, file } = await from("sqlite-3.17.2");
  await inPython(
    file,
    "PRAGMA journal_mode=WAL",
    "UPDATE runs SET name = 'renamed' WHERE name = 'child'",
    "COMMIT",
    "PRAGMA wal_checkpoint(TRUNCATE)",
  );
  expect((await stat(`${file}-wal`)).size).toBe(0);
  const before = await readFile(file);
  expect(before[18]).toBe(2);
  const copies = join(dirname(file), "copies");
  await mkdir(copies);
  target.env.TMPDIR = copies;
  const { code, stdout } = await target.run("mlflow.db");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Imported 5 runs\.$/m);
  expect((await target.rows()).runs!.join()).toContain('"renamed"');
  expect((await readFile(file)).equals(before)).toBe(true);
  expect(await readdir(copies)).toEqual([]);
});

it("are refused with the command that mends them where the -wal has changes", async () => {
  const { target, file } = await from("sqlite-3.17.2");
  await inPython(file, "PRAGMA journal_mode=WAL", "UPDATE runs SET name = 'renamed' WHERE name = 'child'");
  expect((await stat(`${file}-wal`)).size).toBeGreaterThan(0);
  const refused = await target.run(file);
  expect(refused.code).toBe(1);
  expect(refused.stderr.trim()).toBe(
    `${file} has changes that lie in ${file}-wal still. Stop its server, then run: sqlite3 "${file}" "PRAGMA journal_mode=DELETE"`,
  );
  // What the command line tool does with the same statement.
  await inPython(file, "PRAGMA journal_mode=DELETE");
  expect(await target.run(file)).toMatchObject({ code: 0 });
  expect((await target.rows()).runs!.join()).toContain('"renamed"');
});
