/** Opens SQLite files that a stock server wrote, to read them. */
import { constants, rmSync } from "node:fs";
import { copyFile, mkdtemp, open, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
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
  const own = isWal ? await inOwnFolder(file, copyWithoutWal) : await inOwnFolder(file, link);
  const remove = () => rmSync(own.folder, { recursive: true, force: true });
  try {
    const db = new sqlite.Database(own.file, { readOnly: true });
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

/** In a new folder of this process. */
async function inOwnFolder(file: string, make: (file: string, own: string) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-sqlite-"));
  const own = join(folder, "source.db");
  try {
    await make(file, own);
    return { folder, file: own };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * While it reads, the WebAssembly build keeps a folder `<file>.lock`, which a killed process leaves. Beside this link
 * it is in nobody's way, and the file may lie where nothing can be written.
 */
const link = (file: string, own: string) => symlink(resolve(file), own);

/** A copy whose header (bytes 18 and 19) names the other journal: all changes are in the file itself. */
async function copyWithoutWal(file: string, own: string): Promise<void> {
  await copyFile(file, own, constants.COPYFILE_FICLONE);
  await refuseChangesBeside(file);
  const handle = await open(own, "r+");
  await handle.write(Buffer.from([1, 1]), 0, 2, 18);
  await handle.close();
}
