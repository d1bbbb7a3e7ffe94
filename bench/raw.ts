/** `npm run bench -- --raw`: writes of runs beside the same rows by hand-written SQL, straight to PostgreSQL. */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { startStock } from "../test/acceptance/stock-server.ts";
import { startApp } from "./apps.ts";
import { call, closeConnections, type Target } from "./client.ts";
import { machine, makeDatabases } from "./databases.ts";
import { cell, cpuCell, type Load, type Measured, measure, medians } from "./measure.ts";
import { median } from "./median.ts";
import { createRun, type Point, writePoints, writeText } from "./raw-sql.ts";
import { numbers } from "./scenarios.ts";

interface Options {
  clientCounts: number[];
  seconds: number;
  rounds: number;
  withStock: boolean;
  only: string[] | undefined;
}

/** Where writes go: through a server or, without one, to PostgreSQL itself. */
interface Place {
  pid: number | undefined;
  postgres: number;
  /** The runs that are written to: the first by what writes to one run, all of them in turns by the rest. */
  runs: string[];
  createRun(): Promise<unknown>;
  logPoints(run: string, points: Point[]): Promise<unknown>;
  logText(table: "params" | "tags", run: string, key: string): Promise<unknown>;
}

const start = 1_700_000_000_000;
const runCount = 64;
let [step, turn] = [0, 0];

const points = (count: number): Point[] =>
  numbers(count).map((index) => ({
    key: `m${index % 10}`,
    value: Math.random(),
    timestamp: start + step,
    step: step++,
  }));

const anyOf = ({ runs }: Place) => runs[turn++ % runs.length]!;

export const writes: Record<string, (place: Place) => Promise<unknown>> = {
  create_run: (place) => place.createRun(),
  log_metric: (place) => place.logPoints(anyOf(place), points(1)),
  set_tag: (place) => place.logText("tags", anyOf(place), `t${step++ % 20}`),
  log_param: (place) => place.logText("params", anyOf(place), `p${step++}`),
  log_batch_100_one_run: (place) => place.logPoints(place.runs[0]!, points(100)),
  log_batch_100: (place) => place.logPoints(anyOf(place), points(100)),
  log_batch_1000_one_run: (place) => place.logPoints(place.runs[0]!, points(1000)),
  log_batch_1000: (place) => place.logPoints(anyOf(place), points(1000)),
};

async function throughServer(target: Target & { pid: number }, postgres: number): Promise<Place> {
  const post = (path: string, body: object) => call(target, "POST", `/api/2.0/mlflow/runs/${path}`, body);
  const create = () =>
    post("create", { experiment_id: "0", start_time: start, tags: [{ key: "mlflow.user", value: "u" }] });
  const runs: string[] = [];
  for (const _ of numbers(runCount)) runs.push(((await create()) as unknown as Created).run.info.run_id);
  return {
    pid: target.pid,
    postgres,
    runs,
    createRun: create,
    logPoints: (run_id, metrics) =>
      metrics.length === 1 ? post("log-metric", { run_id, ...metrics[0] }) : post("log-batch", { run_id, metrics }),
    logText: (table, run_id, key) =>
      post(table === "tags" ? "set-tag" : "log-parameter", { run_id, key, value: "some text" }),
  };
}

interface Created {
  run: { info: { run_id: string } };
}

async function straight(pool: pg.Pool, postgres: number): Promise<Place> {
  const newId = () => randomUUID().replaceAll("-", "");
  const create = (id: string) => pool.query(createRun(id, start));
  const runs = numbers(runCount).map(newId);
  for (const id of runs) await create(id);
  return {
    pid: undefined,
    postgres,
    runs,
    createRun: () => create(newId()),
    logPoints: (run, logged) => pool.query(writePoints(run, logged)),
    logText: (table, run, key) => pool.query(writeText(table, run, key, "some text")),
  };
}

/** Prints for each of `writes`, or those of them that are chosen, what the app answers beside SQL by hand and stock. */
export async function compareRaw({ clientCounts, seconds, rounds, withStock, only }: Options): Promise<void> {
  const databases = await makeDatabases("app", "plain", "other");
  const [appDatabase, plainDatabase, otherDatabase] = databases.uris as [string, string, string];
  const stock = withStock ? await startStock({ database: otherDatabase, workers: 2 }) : undefined;
  await startApp(plainDatabase, databases.folder).then(({ process }) => process.kill());
  const app = await startApp(appDatabase, databases.folder);
  // As many connections as an instance has.
  const pool = new pg.Pool({ connectionString: plainDatabase, max: 10 }).on("error", () => {});
  try {
    console.log(`${machine()}
Requests a second (p50, p95 ms). CPU is microseconds a request, of the app + of PostgreSQL + of the client.
| Write | Clients | Stock | This app | SQL by hand | Beside stock | Beside SQL | This app CPU | SQL CPU |
|---|---|---|---|---|---|---|---|---|`);
    const places = [await throughServer(app, databases.pid), await straight(pool, databases.pid)];
    if (stock) places.push(await throughServer(stock, databases.pid));
    for (const [name, write] of Object.entries(writes).filter(([name]) => !only || only.includes(name)))
      for (const clients of clientCounts) {
        // V8 compiles on the way what is called for the first time.
        if (clients === clientCounts[0]) for (const place of places) await measure(place, write, { clients, seconds });
        await databases.settle();
        const found: Round[][] = places.map(() => []);
        for (let round = 0; round < rounds; round++)
          for (const [index, place] of places.entries())
            found[index]!.push(await measureRound(place, write, { clients, seconds }));
        const [own, sql, other] = found.map(medians) as [Measured, Measured, Measured?];
        const cells = [other ? cell(other) : "-", cell(own), cell(sql), ratio(own, other), ratio(own, sql)];
        console.log(`| ${[name, clients, ...cells, allCpu(found[0]!), allCpu(found[1]!)].join(" | ")} |`);
      }
  } finally {
    closeConnections();
    await pool.end();
    app.process.kill();
    await stock?.stop();
    await databases.stop();
  }
}

interface Round extends Measured {
  /** Of this process, as the others in microseconds a request. */
  clientCpu: number;
}

async function measureRound(place: Place, write: (place: Place) => Promise<unknown>, load: Load): Promise<Round> {
  const before = process.cpuUsage();
  const measured = await measure(place, write, load);
  const { user, system } = process.cpuUsage(before);
  return { ...measured, clientCpu: (user + system) / measured.answered };
}

const allCpu = (rounds: Round[]) =>
  `${cpuCell(medians(rounds))} + ${median(rounds.map(({ clientCpu }) => clientCpu)).toFixed(0)}`;

const ratio = (app: Measured, other: Measured | undefined) =>
  other ? (app.perSecond / other.perSecond).toFixed(2) : "-";
