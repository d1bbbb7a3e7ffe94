import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../shared/platform/config.ts";
import { startApp } from "./real-host.ts";

let host: Awaited<ReturnType<typeof startApp>>;
beforeAll(async () => {
  host = await startApp();
});
afterAll(() => host?.stop());

const clients = 16;
const isWorker = (command: string) => /nodejsWorker|dist\/host\.cjs/.test(command) && !/stand-in/.test(command);

async function post(path: string, body: object): Promise<{ status: number; text: string }> {
  const response = await fetch(`${host.url}/api/2.0/mlflow/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  return { status: response.status, text: await response.text() };
}

async function aRun(): Promise<string> {
  const { text } = await post("runs/create", { experiment_id: "0", start_time: 1 });
  return JSON.parse(text).run.info.run_id;
}

describe("a worker that is killed under load", () => {
  it("costs requests that were in it and none that was answered, and is there again", async () => {
    const runs = await Promise.all(Array.from({ length: clients }, aRun));
    const acknowledged: string[] = [];
    let failed = 0;
    let ending = false;
    const load = runs.map(async (run_id) => {
      for (let step = 0; !ending; step++) {
        const { status } = await post("runs/log-metric", { run_id, key: "m", value: step, timestamp: 1, step }).catch(
          () => ({ status: 0 }),
        );
        if (status === 200) acknowledged.push(`${run_id} ${step}`);
        else failed++;
      }
    });
    const reaches = (count: number) =>
      expect.poll(() => acknowledged.length, { timeout: 120_000 }).toBeGreaterThan(count);
    await reaches(200);
    const worker = host.processes().findLast(({ command }) => isWorker(command));
    expect(worker).toBeDefined();
    process.kill(worker!.pid, "SIGKILL");
    await reaches(acknowledged.length + 200);
    ending = true;
    await Promise.all(load);
    console.log(`A killed worker: ${acknowledged.length} metrics acknowledged, ${failed} requests failed.`);

    const db = new pg.Client({ connectionString: host.databaseUri });
    await db.connect();
    const { rows } = await db.query("SELECT run_uuid || ' ' || step AS metric FROM metrics");
    await db.end();
    const stored = new Set(rows.map(({ metric }) => metric));
    expect(acknowledged.filter((metric) => !stored.has(metric))).toEqual([]);
  });
});

describe("uploads through the app", () => {
  it("of the size it allows, as many at once as its host lets in, fit into an instance of 2 GB", async () => {
    const limit = parseConfig({}).MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT;
    const body = randomBytes(limit);
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(
        peak,
        host.processes().reduce((sum, { bytes }) => sum + bytes, 0),
      );
    }, 100);
    const uploads = Array.from({ length: clients }, (_, index) =>
      fetch(`${host.url}/api/2.0/mlflow-artifacts/artifacts/memory/${index}.bin`, { method: "PUT", body }),
    );
    const statuses = (await Promise.all(uploads)).map(({ status }) => status);
    clearInterval(watch);
    console.log(
      `${clients} uploads of ${limit} bytes at once: at most ${Math.round(peak / 2 ** 20)} MiB in the host and its worker.`,
    );
    expect(statuses).toEqual(Array(clients).fill(200));
    expect(peak).toBeLessThan(2 * 2 ** 30);
  });
});
