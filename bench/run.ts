/** `npm run bench`: this app beside a stock server, on the same PostgreSQL, in one run. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import pg from "pg";
import { openInstance } from "../local/instance.ts";
import { startPostgres } from "../local/postgres.ts";
import { freePort } from "../local/processes.ts";
import { startStock } from "../test/acceptance/stock-server.ts";
import { call, closeConnections } from "./client.ts";
import { fill, type Subject, scenarios } from "./scenarios.ts";

const help = `npm run bench -- [options]
  --runs <n>         runs in the experiment that is searched (default 1000)
  --clients <n>      concurrent clients (default 8)
  --seconds <n>      seconds of each measurement (default 4)
  --rounds <n>       rounds, of which the median counts (default 2)
  --only <a,b>       these scenarios only: ${Object.keys(scenarios).join(", ")}
Needs Python 3 with venv and pip for the stock server (see test/acceptance/venv.ts).`;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "1000" },
    clients: { type: "string", default: "8" },
    seconds: { type: "string", default: "4" },
    rounds: { type: "string", default: "2" },
    only: { type: "string" },
    help: { type: "boolean" },
  },
});

interface Measured {
  perSecond: number;
  p50: number;
  p95: number;
}

async function measure(subject: Subject, scenario: (subject: Subject) => Promise<unknown>): Promise<Measured> {
  const latencies: number[] = [];
  const started = performance.now();
  const end = started + Number(values.seconds) * 1000;
  const client = async () => {
    while (performance.now() < end) {
      const sent = performance.now();
      await scenario(subject);
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: Number(values.clients) }, client));
  const seconds = (performance.now() - started) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (part: number) => latencies[Math.floor(latencies.length * part)] ?? 0;
  return { perSecond: latencies.length / seconds, p50: at(0.5), p95: at(0.95) };
}

const median = (numbers: number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;

const medians = (rounds: Measured[]): Measured => ({
  perSecond: median(rounds.map(({ perSecond }) => perSecond)),
  p50: median(rounds.map(({ p50 }) => p50)),
  p95: median(rounds.map(({ p95 }) => p95)),
});

async function compare(stock: Subject, app: Subject): Promise<void> {
  console.log("\n| Scenario | Stock ops/s (p50, p95 ms) | This app ops/s (p50, p95 ms) | Ratio |\n|---|---|---|---|");
  const chosen = values.only?.split(",");
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (chosen && !chosen.includes(name)) continue;
    const rounds: [Measured[], Measured[]] = [[], []];
    for (let round = 0; round < Number(values.rounds); round++)
      for (const [index, subject] of [stock, app].entries()) rounds[index]!.push(await measure(subject, scenario));
    const [left, right] = rounds.map(medians) as [Measured, Measured];
    const cell = ({ perSecond, p50, p95 }: Measured) =>
      `${perSecond.toFixed(1)} (${p50.toFixed(1)}, ${p95.toFixed(1)})`;
    console.log(`| ${name} | ${cell(left)} | ${cell(right)} | ${(right.perSecond / left.perSecond).toFixed(1)} |`);
  }
}

interface StartedApp {
  url: string;
  process: ChildProcess;
  /** From the start of the process to its first answered API request. */
  milliseconds: number;
}

async function startApp(database: string, dataDir: string): Promise<StartedApp> {
  const port = await freePort("127.0.0.1");
  const url = `http://127.0.0.1:${port}`;
  const started = performance.now();
  const app = spawn(process.execPath, ["dist/start.cjs", "--port", String(port), "--data-dir", dataDir], {
    env: {
      ...process.env,
      MLFLOW_BACKEND_STORE_URI: database,
      AZURE_STORAGE_CONNECTION_STRING: "UseDevelopmentStorage=true",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  for (;;) {
    const answered = await call(url, "GET", "/api/2.0/mlflow/experiments/get?experiment_id=0").then(
      () => true,
      () => false,
    );
    if (answered) return { url, process: app, milliseconds: performance.now() - started };
    if (app.exitCode !== null) throw new Error("the app did not start");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function memoryOf(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = /VmRSS:\s+(\d+)/.exec(status)?.[1];
  return kilobytes ? `${Math.round(Number(kilobytes) / 1024)} MB` : "unknown";
}

async function main(): Promise<void> {
  if (values.help) return console.log(help);
  const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-bench-"));
  const postgres = await startPostgres(folder, await openInstance(folder), [
    "max_connections=300",
    "shared_buffers=256MB",
  ]);
  const admin = new pg.Client({ connectionString: postgres.uri.replace(/mlflow$/, "postgres") });
  await admin.connect();
  const databases: string[] = [];
  for (const name of ["stock", "app"]) {
    await admin.query(`CREATE DATABASE ${name}`);
    databases.push(postgres.uri.replace(/mlflow$/, name));
  }
  await admin.end();
  const started = performance.now();
  const stock = await startStock({ database: databases[0]!, workers: 2 });
  const stockStart = performance.now() - started;
  await startApp(databases[1]!, folder).then(({ process }) => process.kill());
  const app = await startApp(databases[1]!, folder);
  try {
    console.log(
      `${cpus().length} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version}`,
    );
    console.log(
      `Process start to first answer: stock ${Math.round(stockStart)} ms, this app ${Math.round(app.milliseconds)} ms`,
    );
    const subjects = [];
    for (const [name, url] of [["stock", stock.url] as const, ["app", app.url] as const])
      subjects.push(await fill(name, url, Number(values.runs)));
    await compare(subjects[0]!, subjects[1]!);
    console.log(`\nResident memory of this app after the load: ${await memoryOf(app.process.pid!)}`);
  } finally {
    closeConnections();
    app.process.kill();
    await stock.stop();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
