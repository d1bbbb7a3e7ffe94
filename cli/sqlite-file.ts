/** Opens SQLite files that a stock server wrote, to read them. */
import { constants, rmSync } from "node:fs";
import { copyFile, mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database as Sqlite } from "node-sqlite3-wasm";
import { Refusal } from "../shared/tools/refusal.ts";

export interface SqliteFile {
  db: Sqlite;
  close(): void;
}

/**
 * @throws Refusal for what is no SQLite database, is not whole, or has changes beside it
 */
export async function openSqliteFile(file: string): Promise<SqliteFile> {
  const { default: sqlite } = await import("node-sqlite3-wasm");
  const isWal = await checkFile(file);
  const copy = isWal ? await copyWithoutWal(file) : undefined;
  const remove = () => copy && rmSync(copy.folder, { recursive: true, force: true });
  try {
    const db = new sqlite.Database(copy?.file ?? file, { readOnly: true });
    const close = () => {
      db.close();
      remove();
    };
    return { db, close };
  } catch (error) {
    remove();
    throw sqliteInWords(file, error);
  }
}

/** What SQLite says, as a sentence about the file. */
export const sqliteInWords = (file: string, error: unknown): unknown =>
  error instanceof Error && error.name === "SQLite3Error"
    ? new Refusal(`${file} can't be read: ${error.message}.`)
    : error;

/** Answers whether its header says that changes are written to a `-wal` first, of which there are none. */
async function checkFile(file: string): Promise<boolean> {
  const handle = await open(file).catch((error: Error) => {
    throw new Refusal(`${file} can't be read: ${error.message}.`);
  });
  try {
    const header = Buffer.alloc(32);
    await handle.read(header, 0, 32, 0);
    const size = await sizeOf(file);
    await refuseChangesBeside(file);
    if (size === 0) return false;
    if (header.toString("latin1", 0, 15) !== "SQLite format 3") throw new Refusal(`${file} is no SQLite database.`);
    const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
    const whole = header.readUInt32BE(28) * pageSize;
    if (size < whole) throw new Refusal(`${file} is cut off: it should have ${whole} bytes, and has ${size}.`);
    return header[18] === 2;
  } finally {
    await handle.close();
  }
}

const sizeOf = async (file: string) => (await stat(file).catch(() => undefined))?.size ?? 0;

/** The WebAssembly build can read neither kind. */
async function refuseChangesBeside(file: string): Promise<void> {
  for (const beside of [`${file}-wal`, `${file}-journal`])
    if ((await sizeOf(beside)) > 0)
      throw new Refusal(
        `${file} has changes that lie in ${beside} still. Stop its server, then run: sqlite3 "${file}" "PRAGMA journal_mode=DELETE"`,
      );
}

/** A private copy whose header (bytes 18 and 19) names the other journal: all changes are in the file itself. */
async function copyWithoutWal(file: string): Promise<{ folder: string; file: string }> {
  const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-sqlite-"));
  const copy = join(folder, "copy.db");
  try {
    await copyFile(file, copy, constants.COPYFILE_FICLONE);
    await refuseChangesBeside(file);
    const handle = await open(copy, "r+");
    await handle.write(Buffer.from([1, 1]), 0, 2, 18);
    await handle.close();
    return { folder, file: copy };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
