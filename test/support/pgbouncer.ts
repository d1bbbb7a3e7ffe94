import { execFileSync, spawn } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { ended, freePort } from "../../shared/tools/processes.ts";

export interface PgBouncer {
  /** The URI it was made for, led through it, without a word of it. */
  uri: string;
  stop(): Promise<void>;
}

interface Place {
  address?: string;
  port?: number;
  /** Takes each role's own password, and logs in with it; else it takes everyone, and logs in with the URI's. */
  ownPasswords?: boolean;
}

/**
 * Debian's PgBouncer in transaction mode before a database.
 * @param settings further lines of its configuration
 * @throws Error where it is not installed
 */
export async function aPgBouncer(
  uri: string,
  settings: string[] = [],
  { address = "127.0.0.1", port: wanted, ownPasswords = false }: Place = {},
): Promise<PgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-pgbouncer-"));
  await chmod(folder, 0o755);
  const { hostname, port: target, username, password, pathname } = new URL(uri);
  const port = wanted ?? (await freePort("127.0.0.1"));
  const users = join(folder, "users.txt");
  await writeFile(users, `"${username}" "${decodeURIComponent(password)}"`);
  const login = ownPasswords ? `auth_user=${username}` : `user=${username} password=${password}`;
  const authentication = ownPasswords ? ["auth_type = scram-sha-256", `auth_file = ${users}`] : ["auth_type = any"];
  const lines = [
    "[databases]",
    `* = host=${hostname} port=${target} ${login}`,
    "[pgbouncer]",
    `listen_addr = ${address}`,
    `listen_port = ${port}`,
    "unix_socket_dir =",
    ...authentication,
    "pool_mode = transaction",
    "max_client_conn = 200",
    "default_pool_size = 4",
    ...settings,
  ];
  const file = join(folder, "pgbouncer.ini");
  await writeFile(file, lines.join("\n"));
  // It does not run as root.
  const id = (option: string) => Number(execFileSync("id", [option, "nobody"], { encoding: "utf8" }));
  const user = process.getuid?.() === 0 ? { uid: id("-u"), gid: id("-g") } : {};
  const child = spawn("pgbouncer", ["-q", file], { ...user, stdio: "ignore" });
  const gone = ended(child);
  const through = new URL(uri);
  through.hostname = address;
  through.port = String(port);
  const stop = async () => {
    child.kill("SIGKILL");
    await gone;
    await rm(folder, { recursive: true });
  };
  for (let tries = 0; tries < 500; tries++) {
    if (await isUp(through.href)) return { uri: through.href, stop };
    if (child.exitCode !== null) break;
    await new Promise((done) => setTimeout(done, 20));
  }
  await stop();
  throw new Error(`PgBouncer does not run before ${pathname.slice(1)}`);
}

async function isUp(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString });
  client.on("error", () => {});
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  );
}
