/** Where PostgreSQL's files lie, and their making. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { type Instance, saveInstance } from "../shared/tools/instance.ts";
import { commandOf, stopOrphan } from "../shared/tools/processes.ts";
import { Refusal } from "../shared/tools/refusal.ts";
import { giveTo, isReachable, makeSharedFolder, type PostgresUser, sharedFolder } from "./postgres-binaries.ts";

const inside = (dataDir: string) => join(resolve(dataDir), "postgresql");
const outside = (dataDir: string) =>
  join(sharedFolder, createHash("sha256").update(resolve(dataDir)).digest("hex").slice(0, 16));

/**
 * The folder of PostgreSQL's files: in the data directory, or beside it where PostgreSQL's user can't reach that.
 * @throws Refusal for the copy of a data directory whose database lies outside, and so would be shared
 */
export async function postgresHome(dataDir: string, instance: Instance, user: PostgresUser): Promise<string> {
  if (existsSync(inside(dataDir)) && isReachable(resolve(dataDir), user)) return inside(dataDir);
  if (instance.postgresHome && existsSync(instance.postgresHome)) {
    await refuseCopy(dataDir, instance);
    return instance.postgresHome;
  }
  const reachable = isReachable(resolve(dataDir), user);
  if (!reachable) await makeSharedFolder();
  const home = reachable ? inside(dataDir) : outside(dataDir);
  // What is there already is left of a data directory that was deleted: its password is lost.
  await removePostgres(home);
  instance.postgresHome = home;
  saveInstance(dataDir, instance);
  await mkdir(home, { mode: 0o700 });
  giveTo(home, user);
  return home;
}

async function refuseCopy(dataDir: string, instance: Instance): Promise<void> {
  const { directory, postgresHome } = instance;
  const here = resolve(dataDir);
  // It may have been moved, and its old name lead here.
  if (directory === here || (await realpath(directory).catch(() => directory)) === here) return;
  const other = await readFile(join(directory, "instance.json"), "utf8").catch(() => "");
  if (other.includes(JSON.stringify(postgresHome)))
    throw new Refusal(
      `${dataDir} is a copy of ${directory} and would share its database: start with --fresh, which deletes the copy.`,
    );
  instance.directory = here;
}

/** Ends what runs on a data directory's database, and deletes it. */
export async function clearPostgres(dataDir: string): Promise<void> {
  for (const home of [inside(dataDir), outside(dataDir)]) await removePostgres(home);
}

async function removePostgres(home: string): Promise<void> {
  await endOrphan(join(home, "postgres"));
  await rm(home, { recursive: true, force: true });
}

export const ending = { ask: "SIGINT", force: "SIGQUIT" } as const;

/** A start that was killed may have left its server running. */
export async function endOrphan(data: string): Promise<void> {
  const path = join(data, "postmaster.pid");
  const pid = Number((await readFile(path, "utf8").catch(() => "")).split("\n")[0]);
  await stopOrphan(pid, data, ending);
  // After a restart of the machine or container another program may have its number, and PostgreSQL would not start.
  const command = commandOf(pid);
  if (command && !command.includes("postgres")) await rm(path, { force: true });
}

const majorVersion = "18";
const run = promisify(execFile);

/** @throws Refusal for a cluster of another PostgreSQL, and where none can be made */
export async function initialize(initdb: string, data: string, password: string, user: PostgresUser): Promise<void> {
  const version = await readFile(join(data, "PG_VERSION"), "utf8").catch(() => undefined);
  // initdb writes this file early; `mlflow.created` says that it came to its end.
  if (version !== undefined && existsSync(join(data, "mlflow.created"))) return checkVersion(version.trim(), data);
  await rm(data, { recursive: true, force: true });
  await mkdir(data);
  await chmod(data, 0o700);
  giveTo(data, user);
  const passwordFile = `${data}.password`;
  await writeFile(passwordFile, password, { mode: 0o600 });
  giveTo(passwordFile, user);
  const login = ["-U", "mlflow", "-A", "scram-sha-256", `--pwfile=${passwordFile}`];
  // Bytes in their order as in C, and case as Unicode has it: the same on every machine, whatever locales it has.
  const locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"];
  const args = ["-D", data, ...login, "-E", "UTF8", ...locale];
  await run(initdb, args, { ...user, cwd: data }).catch((error: Error & { stderr?: string }) => {
    throw new Refusal(`The embedded PostgreSQL can't be set up: ${lastLine(error.stderr) || error.message}`);
  });
  await rm(passwordFile);
  await writeFile(join(data, "mlflow.created"), "");
}

function checkVersion(version: string, data: string): void {
  if (version !== majorVersion)
    throw new Refusal(
      `${data} was made by PostgreSQL ${version}, and this is ${majorVersion}: choose another --data-dir.`,
    );
}

export const lastLine = (text = "") => text.trim().split("\n").at(-1) ?? "";
