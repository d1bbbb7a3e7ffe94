import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { freePort } from "../../shared/tools/processes.ts";
import { writeExample } from "../local/example-settings.ts";
import { venv } from "./venv.ts";

let clone: string;
const running: ChildProcess[] = [];
beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), "mlflow-functions-clone-"));
  // As root, PostgreSQL runs as another user, who has to get through.
  await chmod(clone, 0o755);
  const tracked = execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" }).split("\0").filter(existsSync);
  for (const path of tracked) await cp(path, join(clone, path));
});
afterAll(async () => {
  for (const child of running.reverse()) await end(child);
  await rm(clone, { recursive: true, force: true });
});

/** What the tests set, for themselves or by npm, must not reach the clone. */
const foreign = /^(npm_|MLFLOW_|AZURE_|AzureWebJobs)/;

/** Runs a command in the clone until it says so. */
async function runUntil(said: string, command: string, ...args: string[]): Promise<void> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  const child = spawn(command, args, { cwd: clone, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  running.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data) => {
      output += data;
    });
  while (!output.includes(said)) {
    if (child.exitCode !== null) throw new Error(output);
    await new Promise((done) => setTimeout(done, 100));
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = new Promise((done) => child.once("exit", done));
  process.kill(-child.pid!, "SIGINT");
  await exited;
}

describe("a fresh clone", () => {
  it("does the quickstart after npm run services, by the settings that wrote", async () => {
    await writeExample(clone);
    await runUntil("In another terminal: func start", "npm", "run", "services");
    const { Values } = JSON.parse(await readFile(join(clone, "local.settings.json"), "utf8"));
    expect(Values.FUNCTIONS_WORKER_RUNTIME).toBe("node");

    // In place of `func start`: the embedded host, by the clone's settings alone.
    const port = await freePort("127.0.0.1");
    await runUntil("is ready", process.execPath, "dist/host.cjs", ".", String(port));
    const bin = join(await venv(mlflowVersion), "bin");
    const env = {
      ...process.env,
      PATH: `${bin}:${process.env.PATH}`,
      MLFLOW_TRACKING_URI: `http://127.0.0.1:${port}`,
      MLFLOW_DISABLE_TELEMETRY: "true",
      GIT_PYTHON_REFRESH: "quiet",
    };
    const script = resolve("examples/quickstart.py");
    const { stdout } = await promisify(execFile)(join(bin, "python"), [script], { env, maxBuffer: 2 ** 26 });
    expect(stdout).toMatch(/models:\/iris-quickstart@champion: accuracy 0\.9/);
  }, 600_000);
});
