/** `npm run bench -- --bare`: this app beside a bare loop of node:http and pg that sends the same statements. */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { startApp } from "./apps.ts";
import type { BareLoop } from "./bare-loop.ts";
import { closeConnections } from "./client.ts";
import { machine, makeDatabases } from "./databases.ts";
import { anEmptyApp, embeddedHost, type Hosted, startUnder } from "./hosts.ts";
import { appInside, cpuInside, invocationOf, statementBy } from "./inside.ts";
import { cell, cpuCell, inTurns, type Load, type Measurable, type Measured } from "./measure.ts";
import { requestOf, type SentRequest, statementOf } from "./recorded.ts";
import { fill, type Subject, scenarios } from "./scenarios.ts";

const compared = [
  "get_run",
  "search_experiments",
  "search_runs_page",
  "search_runs_filter",
  "search_runs_1000",
  "metric_history_20k",
];

interface Options extends Load {
  rounds: number;
  runs: number;
  only: string[] | undefined;
}

interface Prepared {
  request: SentRequest;
  statement: pg.QueryConfig;
}

export async function compareWithBare({ clients, seconds, rounds, runs, only }: Options): Promise<void> {
  const databases = await makeDatabases("app");
  const [database] = databases.uris as [string];
  const started: ChildProcess[] = [];
  let empty: Hosted | undefined;
  try {
    const app = await startApp(database, databases.folder);
    started.push(app.process);
    const subject = { ...(await fill("app", app, runs)), pid: app.pid, postgres: databases.pid };
    await databases.settle();
    const names = compared.filter((name) => !only || only.includes(name));
    const prepared = await prepareAll(names, subject, database);
    const loop = await startLoop(databases.folder, { database, statements: statementsOf(prepared) });
    started.push(loop.process);
    const bare = (name: string) => ({ ...subject, url: `${loop.url}/${name}`, pid: loop.process.pid! });
    empty = await startUnder(embeddedHost, await anEmptyApp(databases.folder));
    const load = { clients, seconds };
    console.log(`${machine()}\n\n${heading}`);
    const warmed = async <Name extends string>(subjects: Record<Name, Measurable>, name: string) => {
      // V8 compiles what is called often while it is, which would be a part of the figures of the larger program.
      await inTurns(subjects, scenarios[name]!, { clients, seconds: 10 }, 1);
      return inTurns(subjects, scenarios[name]!, load, rounds);
    };
    const nothing = await warmed({ empty: { ...subject, url: empty.url, pid: empty.pid } }, "get_run");
    console.log(`| an empty function | | ${cell(nothing.empty)} | | | ${cpuCell(nothing.empty)} | |`);
    for (const name of names) {
      const measured = await warmed({ bare: bare(name), app: subject }, name);
      console.log(row(name, measured.bare, measured.app));
    }
    await compareInside(prepared, database, load, rounds);
  } finally {
    closeConnections();
    for (const child of started) child.kill();
    await empty?.stop();
    await databases.stop();
  }
}

const heading = `CPU is microseconds a request, of the server + of PostgreSQL.
| Scenario | Bare loop ops/s (p50, p95 ms) | This app, embedded host | Ratio | Bare loop CPU | This app CPU | Ratio of servers' CPU |
|---|---|---|---|---|---|---|`;

function row(name: string, bare: Measured, app: Measured): string {
  const ratios = [app.perSecond / bare.perSecond, app.cpu / bare.cpu].map((ratio) => ratio.toFixed(2));
  const cells = [name, cell(bare), cell(app), ratios[0], cpuCell(bare), cpuCell(app), ratios[1]];
  return `| ${cells.join(" | ")} |`;
}

async function prepareAll(names: string[], subject: Subject, database: string): Promise<Map<string, Prepared>> {
  const prepared = new Map<string, Prepared>();
  for (const name of names) {
    const request = await requestOf(scenarios[name]!, subject);
    const { text, values } = await statementOf(request, database);
    prepared.set(name, { request, statement: { name, text, values } });
  }
  return prepared;
}

const statementsOf = (prepared: Map<string, Prepared>) =>
  Object.fromEntries([...prepared].map(([name, { statement }]) => [name, statement]));

async function startLoop(folder: string, content: BareLoop): Promise<{ url: string; process: ChildProcess }> {
  const file = join(folder, "bare-loop.json");
  await writeFile(file, JSON.stringify(content));
  const child = spawn(process.execPath, ["dist/bare-loop.cjs", file], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = (await new Promise<Buffer>((done) => child.stdout!.once("data", done))).toString().split("\n");
  return { url: `http://127.0.0.1:${port}`, process: child };
}

/** Without HTTP on either side: an invocation of the app in this process, and its statement by pg alone. */
async function compareInside(
  prepared: Map<string, Prepared>,
  database: string,
  { clients, seconds }: Load,
  rounds: number,
): Promise<void> {
  const app = await appInside(database);
  const pool = new pg.Pool({ connectionString: database, max: 10 });
  // The server ends its connections when it is stopped.
  pool.on("error", () => {});
  console.log(`\nWithout HTTP, in one process, microseconds of CPU a request; the least of short rounds:
| Scenario | pg alone | This app's invocation | Ratio | The app's own part |
|---|---|---|---|---|`);
  for (const [name, { request, statement }] of prepared) {
    const works = [statementBy(pool, statement), invocationOf(app, request)];
    const least = works.map(() => Number.POSITIVE_INFINITY) as [number, number];
    for (let round = 0; round < 4 * rounds; round++)
      for (const [index, work] of works.entries())
        least[index] = Math.min(least[index]!, await cpuInside(work, clients, seconds / 8));
    const [alone, whole] = least;
    const figures = [alone.toFixed(0), whole.toFixed(0), (whole / alone).toFixed(2), (whole - alone).toFixed(0)];
    console.log(`| ${[name, ...figures].join(" | ")} |`);
  }
}
