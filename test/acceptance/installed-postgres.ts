import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { expect, vi } from "vitest";
import { freePort } from "../../shared/tools/processes.ts";

/** A PostgreSQL with its tools: that of the tests comes without pg_dump. */
export interface Postgres {
  uriOf(database: string): string;
  /** Runs one of its programs. @throws Error with what it said where it fails */
  run(program: string, ...args: string[]): Promise<void>;
  stop(): Promise<void>;
}

/** @throws Error where no PostgreSQL with its tools is installed */
function binFolder(): string {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, "bin")) : [];
  const all = [...versions, ...(process.env.PATH ?? "").split(delimiter)];
  const found = all.find((folder) => ["initdb", "postgres", "pg_dump"].every((name) => existsSync(join(folder, name))));
  if (!found) throw new Error("This test needs an installed PostgreSQL, such as Debian's package postgresql.");
  return found;
}

// PostgreSQL does not run as root.
const nobody = 65_534;
const user = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};

/** Starts the PostgreSQL that is installed on this machine, on data of its own. */
export async function startInstalledPostgres(): Promise<Postgres> {
  const bin = binFolder();
  const folder = await mkdtemp(join(tmpdir(), "postgres-"));
  if (user.uid) await chown(folder, nobody, nobody);
  const port = String(await freePort("127.0.0.1"));
  const data = join(folder, "data");
  const options = { ...user, cwd: folder, env: { ...process.env, HOME: folder } };
  const run = async (program: string, ...args: string[]) => {
    await promisify(execFile)(join(bin, program), args, { ...options, timeout: 120_000 });
  };
  await run("initdb", "-D", data, "-U", "mlflow", "-A", "trust", "--no-sync", "--encoding", "UTF8");
  const settings = ["-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=${folder}`, "-c", "fsync=off"];
  const server = spawn(join(bin, "postgres"), ["-D", data, "-p", port, ...settings], { ...options, stdio: "ignore" });
  const reach = ["--host", "127.0.0.1", "--port", port, "--username", "mlflow"];
  await vi.waitFor(() => run("pg_isready", ...reach), { timeout: 60_000, interval: 200 });
  return {
    uriOf: (database) => `postgresql://mlflow@127.0.0.1:${port}/${database}`,
    run: (program, ...args) => run(program, ...args, ...(program === "pg_dump" ? [] : reach)),
    async stop() {
      await ended(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ended(server: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => server.once("exit", resolve));
  expect(server.kill("SIGINT")).toBe(true);
  await gone;
}
