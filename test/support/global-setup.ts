import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { startAzurite } from "../../local/azurite.ts";
import { startPostgres } from "../../local/postgres.ts";
import { openInstance } from "../../shared/tools/instance.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** URI of an administrator on the PostgreSQL of the tests; the path names the template database. */
    postgres: string;
    storage: string;
  }
}

/** One PostgreSQL and one Azurite for all test files; `mlflow` is the template database that each file clones. */
export default async function setup(project: TestProject) {
  execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
  const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-test-"));
  // As root, PostgreSQL runs as another user, who has to get through.
  await chmod(folder, 0o755);
  const instance = await openInstance(folder);
  const fast = ["fsync=off", "max_connections=300", "shared_buffers=128MB"];
  const [postgres, azurite] = await Promise.all([
    startPostgres(folder, instance, fast),
    startAzurite(folder, instance, "127.0.0.1"),
  ]);
  await createTemplate(postgres.uri);
  project.provide("postgres", postgres.uri);
  project.provide("storage", azurite.connectionString);
  return async () => {
    await Promise.all([postgres.stop(), azurite.stop()]);
    await rm(folder, { recursive: true, force: true });
    if (instance.postgresHome) await rm(instance.postgresHome, { recursive: true, force: true });
  };
}

async function createTemplate(uri: string): Promise<void> {
  execFileSync(process.execPath, ["dist/migrate.cjs"], {
    env: { ...process.env, MLFLOW_BACKEND_STORE_URI: uri },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const client = new pg.Client({ connectionString: uri.replace(/\/mlflow$/, "/postgres") });
  await client.connect();
  await client.query("ALTER DATABASE mlflow WITH IS_TEMPLATE true ALLOW_CONNECTIONS true");
  await client.end();
}
