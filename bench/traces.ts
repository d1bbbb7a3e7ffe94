/** Traces: this app beside a stock server; their spans also beside one SQL statement that writes the same rows. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { startStock } from "../test/acceptance/stock-server.ts";
import { memoryOf, type Server, startApp } from "./apps.ts";
import { call, closeConnections } from "./client.ts";
import { cpuOf } from "./cpu.ts";
import { machine, makeDatabases } from "./databases.ts";
import { cell, cpuCell, type Measured, medians } from "./measure.ts";
import { bodies, closeExporters, post, statements } from "./otlp.ts";
import { numbers } from "./scenarios.ts";
import { type Filled, fillTraces, traceReads } from "./trace-rows.ts";

interface Options {
  clients: number;
  seconds: number;
  rounds: number;
  only: string[] | undefined;
}

/** What is loaded: a server or, without one, PostgreSQL itself. */
interface Subject {
  pid: number | undefined;
  postgres: number;
  work(): Promise<unknown>;
}

const sizes = [1, 10, 1000];
const clientCounts = [1, 8, 32];

export const traceScenarios = [...sizes.map((size) => `otlp-${size}`), "pair", ...Object.keys(traceReads)];

interface Load {
  clients: number;
  seconds: number;
}

const reasons = new Set<string>();

async function measured({ pid, postgres, work }: Subject, { clients, seconds }: Load): Promise<Measured> {
  const used = () => [pid, postgres].map((each) => (each === undefined ? 0 : (cpuOf(each) ?? Number.NaN)));
  const before = used();
  const latencies: number[] = [];
  let failed = 0;
  const started = performance.now();
  const end = started + seconds * 1000;
  const client = async () => {
    while (performance.now() < end) {
      const sent = performance.now();
      await work().then(
        () => latencies.push(performance.now() - sent),
        (error: Error) => {
          failed++;
          reasons.add(error.message.slice(0, 200));
        },
      );
    }
  };
  await Promise.all(numbers(clients).map(client));
  const taken = performance.now() - started;
  const [cpu = 0, postgresCpu = 0] = used().map((total, index) => (total - before[index]!) / latencies.length);
  latencies.sort((a, b) => a - b);
  const at = (part: number) => latencies[Math.floor(latencies.length * part)] ?? Number.NaN;
  const perSecond = (latencies.length * 1000) / taken;
  return { answered: latencies.length, perSecond, failed, p50: at(0.5), p95: at(0.95), cpu, postgresCpu };
}

async function inTurns(subjects: Subject[], load: Load, rounds: number): Promise<Measured[]> {
  const found: Measured[][] = subjects.map(() => []);
  for (let round = 0; round < rounds; round++)
    for (const [index, subject] of subjects.entries()) found[index]!.push(await measured(subject, load));
  return found.map(medians);
}

const ratio = (app: Measured, other: Measured) => (app.perSecond / other.perSecond).toFixed(2);

/** Begins a trace as the client does, and sends its spans. */
async function pair(url: string, experiment: string, body: (id: Buffer) => Buffer): Promise<void> {
  const id = randomBytes(16);
  const trace_info = {
    trace_id: `tr-${id.toString("hex")}`,
    trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experiment } },
    request_time: "2023-11-14T22:13:20Z",
    execution_duration: "1s",
    state: "OK",
    trace_metadata: {
      "mlflow.user": "u",
      "mlflow.source.name": "app.py",
      "mlflow.trace.sizeStats": '{"num_spans": 2}',
    },
  };
  await Promise.all([
    post(url, experiment, body(id)),
    call({ url }, "POST", "/api/3.0/mlflow/traces", { trace: { trace_info } }),
  ]);
}

/** Servers that are measured, each with an experiment of its own. */
interface Pair {
  stock: Filled & Server;
  app: Filled & Server;
  postgres: number;
}

async function compareSpans(
  { stock, app, postgres }: Pair,
  pool: pg.Pool,
  options: Options,
  only: Only,
): Promise<void> {
  console.log(`\nSpans a second (p50, p95 ms a request). CPU is microseconds a request, of the app + of PostgreSQL.
| Spans a request | Clients | Stock | This app | SQL by hand | Beside stock | Beside SQL | This app CPU | SQL CPU |
|---|---|---|---|---|---|---|---|---|`);
  for (const size of sizes.filter((each) => only(`otlp-${each}`))) {
    const body = bodies(size);
    const subjects: Subject[] = [
      ...[stock, app].map(({ url, pid, experiment }) => ({ pid, postgres, work: () => post(url, experiment, body()) })),
      { pid: undefined, postgres, work: statements(pool, size) },
    ];
    for (const clients of clientCounts) {
      const load = { clients, seconds: options.seconds };
      const [left, own, sql] = (await inTurns(subjects, load, options.rounds)) as [Measured, Measured, Measured];
      const cells = [left, own, sql].map((one) => cell({ ...one, perSecond: one.perSecond * size }));
      console.log(
        `| ${[size, clients, ...cells, ratio(own, left), ratio(own, sql), cpuCell(own), cpuCell(sql)].join(" | ")} |`,
      );
    }
  }
}

type Only = (name: string) => boolean;

async function compareRequests({ stock, app, postgres }: Pair, options: Options, only: Only): Promise<void> {
  console.log(`\n${options.clients} clients, 100,000 traces.
| Scenario | Stock ops/s (p50, p95 ms) | This app ops/s (p50, p95 ms) | Ratio | Stock CPU | This app CPU |
|---|---|---|---|---|---|`);
  const body = bodies(2);
  const scenarios: Record<string, (filled: Filled) => Promise<unknown>> = {
    pair: ({ url, experiment }) => pair(url, experiment, body),
    ...traceReads,
  };
  for (const [name, scenario] of Object.entries(scenarios).filter(([name]) => only(name))) {
    const subjects = [stock, app].map((filled) => ({ pid: filled.pid, postgres, work: () => scenario(filled) }));
    const [left, own] = (await inTurns(subjects, options, options.rounds)) as [Measured, Measured];
    console.log(`| ${[name, cell(left), cell(own), ratio(own, left), cpuCell(left), cpuCell(own)].join(" | ")} |`);
  }
}

/** Prints what the chosen of `traceScenarios` take, or all of them. */
export async function compareTraces(options: Options): Promise<void> {
  const only: Only = (name) => !options.only || options.only.includes(name);
  const databases = await makeDatabases("other", "app", "plain");
  const [otherDatabase, appDatabase, plainDatabase] = databases.uris as [string, string, string];
  const stock = await startStock({ database: otherDatabase, workers: 2 });
  await startApp(plainDatabase, databases.folder).then(({ process }) => process.kill());
  const app = await startApp(appDatabase, databases.folder);
  const pool = new pg.Pool({ connectionString: plainDatabase, max: 10 });
  try {
    console.log(machine());
    const now = Date.now();
    const filled = async ({ url, pid }: Server, database: string) => {
      const created = await call({ url }, "POST", "/api/2.0/mlflow/experiments/create", { name: "bench" });
      const experiment = String(created.experiment_id);
      await fillTraces(database, experiment, now);
      return { url, pid, experiment, now };
    };
    const servers = {
      stock: await filled(stock, otherDatabase),
      app: await filled(app, appDatabase),
      postgres: databases.pid,
    };
    await fillTraces(plainDatabase, "0", now);
    await databases.settle();
    // Reads first: what the writes leave for autovacuum to do is more, the faster a server is.
    if ([...Object.keys(traceReads), "pair"].some(only)) await compareRequests(servers, options, only);
    if (sizes.some((size) => only(`otlp-${size}`))) await compareSpans(servers, pool, options, only);
    for (const reason of reasons) console.log(`\nA failure: ${reason}`);
    console.log(`\nResident memory of this app after the load: ${await memoryOf(app.pid)}`);
  } finally {
    closeExporters();
    closeConnections();
    await pool.end();
    app.process.kill();
    await stock.stop();
    await databases.stop();
  }
}
