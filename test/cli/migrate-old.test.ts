/** `npm run migrate` on the database of an older MLflow. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { closeDatabases } from "../db/databases.ts";
import { anOldDatabase, headOf, readRows, upgradedByStock } from "../db/old.ts";

let running: ChildProcess | undefined;
afterEach(async () => {
  running?.kill("SIGKILL");
  running = undefined;
  await closeDatabases();
});

const command = `${process.cwd()}/dist/migrate.cjs`;
const environment = (uri: string) => ({ ...process.env, MLFLOW_BACKEND_STORE_URI: uri });

const migrate = (uri: string, ...options: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    execFile(process.execPath, [command, ...options], { env: environment(uri) }, (error, stdout, stderr) =>
      done({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });

/** What is MLflow's of it: the command adds experiment 0 where it is missing, and the tables of users. */
function ofMlflow(rows: Record<string, string[]>): Record<string, string[]> {
  const { alembic_version_auth: _, ...rest } = rows;
  return rest;
}

it("says beforehand what it would do, and to how many rows", async () => {
  const { uri, pool } = await anOldDatabase("3.16.1");
  const before = await readRows(pool);
  const { code, stdout, stderr } = await migrate(uri, "--dry-run");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain(
    "The database is at revision b7e2c1a4d9f3. To the head there are 5 steps:\n  75868b020152  ",
  );
  expect(stdout).toMatch(
    /It changes 119 rows of trace_info, changes 44 rows of spans, changes 103 rows of assessments, deletes \d+ rows of trace_tags/,
  );
  expect(stdout).toContain("It changes 2 rows of jobs.\n  e7d1f4b2a9c6");
  expect(stdout).toMatch(
    /That takes about 2 s.*\n(.*other connection.*Stop every MLflow server.*\n)?Nothing was changed\.\n$/,
  );
  expect(await readRows(pool)).toEqual(before);
});

it("tells each step, and that there is nothing to do after them", async () => {
  const { uri, pool } = await anOldDatabase("3.17.2");
  const kept = await migrate(uri, "--keep-revision");
  expect(kept.stdout).toMatch(/^Schema revision dc11669786a5\. Created the tables of users\. Applied /);
  const { stdout } = await migrate(uri);
  expect(stdout).toContain("1/3  e7d1f4b2a9c6  The registry of skills.\n2/3  8b6ad64cb8f5  When ");
  expect(stdout).toMatch(/\nSchema revision f4a9b2c7d1e6\. Took 3 steps to it\.\n$/);
  expect(ofMlflow(await readRows(pool))).toEqual(upgradedByStock("3.17.2"));
  expect((await migrate(uri, "--dry-run")).stdout).toBe(
    "Schema revision f4a9b2c7d1e6: there is nothing to do. Nothing was changed.\n",
  );
});

it("goes on where it was killed", async () => {
  const { uri, pool, another } = await anOldDatabase("2.0.1");
  // The step that makes an index on metrics has to wait.
  const server = await another().connect();
  await server.query("BEGIN; LOCK TABLE metrics IN ROW EXCLUSIVE MODE");
  running = spawn(process.execPath, [command], { env: environment(uri), stdio: "ignore" });
  while ((await headOf(pool)) !== "c3d6457b6d8a") await pause(50);
  const ended = new Promise((done) => running!.on("exit", (_, signal) => done(signal)));
  running.kill("SIGKILL");
  expect(await ended).toBe("SIGKILL");
  await server.query("ROLLBACK");
  server.release();
  expect(await headOf(pool)).toBe("c3d6457b6d8a");
  const { code, stdout } = await migrate(uri);
  expect(code).toBe(0);
  expect(stdout).toContain("a5b4c3d2e1f0  An index for the history of one metric.\n");
  expect(stdout).not.toContain("c3d6457b6d8a");
  expect(ofMlflow(await readRows(pool))).toEqual(upgradedByStock("2.0.1"));
});
