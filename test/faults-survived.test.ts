import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { bundleApp } from "./local/bundle-app.ts";
import { type App, startApp } from "./support/app.ts";

/** Ends with the first error that nothing catches, as the real worker does, unless the app goes before it. */
const worker = `
  import { Readable } from "node:stream";
  import pg from "pg";
  import { loadApp } from "../../local/host/functions-core.ts";
  import { invoke } from "../../local/host/invocation.ts";

  process.on("uncaughtException", () => process.exit(1));

  const faults: Record<string, () => unknown> = {
    "an unhandled rejection": () => void Promise.reject(new Error("on purpose")),
    "a rejection with nothing": () => void Promise.reject(),
    "a frozen error": () => void Promise.reject(Object.freeze(new Error("on purpose"))),
    "a timer": () => setTimeout(() => { throw new Error("on purpose"); }),
    "a stream": () => new Readable({ read() { this.destroy(new Error("on purpose")); } }).resume(),
    "a pool client": async () => {
      const pool = new pg.Pool({ connectionString: process.env.MLFLOW_BACKEND_STORE_URI });
      const [doomed, other] = [await pool.connect(), await pool.connect()];
      const { rows } = await doomed.query("SELECT pg_backend_pid() AS pid");
      await other.query("SELECT pg_terminate_backend($1)", [rows[0].pid]);
    },
  };

  async function main() {
    const app = await loadApp(process.env.ENTRY!, console.log, false);
    await faults[process.env.FAULT!]!();
    await new Promise((later) => setTimeout(later, 300));
    const found = app.functions.find(({ metadata }) => metadata.name === "z-server")!;
    const [binding] = Object.entries(found.metadata.bindings).find(([, { type }]) => type === "httpTrigger")!;
    const http = { url: "http://localhost/health", method: "GET", nullableHeaders: { host: { value: "localhost" } } };
    const answer = await invoke(app, found, binding, { http: { ...http, body: {} } }, console.log);
    console.log("health answers " + answer!.statusCode);
    process.exit(0);
  }
  main();
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlflow-functions-worker-"));
  await bundleApp(worker, join(folder, "worker.cjs"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function run(fault: string): Promise<{ code: number | null; output: string }> {
  const env = {
    ...process.env,
    ENTRY: resolve("dist/main.cjs"),
    FAULT: fault,
    MLFLOW_BACKEND_STORE_URI: inject("postgres"),
  };
  const child = spawn(process.execPath, [join(folder, "worker.cjs")], { env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  return new Promise((done) => child.once("close", (code) => done({ code, output })));
}

describe("the worker", () => {
  it.each([
    "an unhandled rejection",
    "a rejection with nothing",
    "a frozen error",
    "a timer",
    "a stream",
    "a pool client",
  ])("goes on after %s, and the log has it", async (fault) => {
    const { code, output } = await run(fault);
    expect(output).toContain("An error that nothing caught; the app goes on.");
    expect(output).toContain("health answers 200");
    expect(code).toBe(0);
  });
});

describe("what the app refuses", () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp({ MLFLOW_FUNCTIONS_PREVIEW_LIMIT: "many" });
  });
  afterAll(() => app.close());

  it("for its settings is in the log once, and not once for each request", async () => {
    for (let request = 0; request < 5; request++)
      expect((await app.get("/api/2.0/mlflow/experiments/get", { experiment_id: "0" })).status).toBe(500);
    const said = app.lines.filter((line) => line.includes("MLFLOW_FUNCTIONS_PREVIEW_LIMIT must be a number"));
    expect(said).toHaveLength(1);
    const errors = app.lines.filter((line) => line.startsWith("error"));
    // The others are the lines of the requests.
    expect(errors.filter((line) => !line.includes('"request_id"'))).toHaveLength(1);
  });
});
