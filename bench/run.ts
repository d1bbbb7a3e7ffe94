/**
 * `npm run bench`: this app beside a stock server, or beside another build of itself, on the same PostgreSQL, in one
 * run.
 */
import { parseArgs } from "node:util";
import { cpuOf } from "./cpu.ts";
import { median } from "./median.ts";
import { comparePages } from "./pages.ts";
import { fill, type Subject, scenarios } from "./scenarios.ts";
import { type Server, startServers } from "./servers.ts";

const help = `npm run bench -- [options]
  --runs <n>         runs in the experiment that is searched (default 1000)
  --clients <n>      concurrent clients (default 8)
  --seconds <n>      seconds of each measurement (default 4)
  --rounds <n>       rounds, of which the median counts (default 3; for pages 5)
  --before <folder>  another checkout of this app, built, in place of the stock server
  --pages            MLflow's page in a browser instead: a table of 5,000 runs, charts of 100 runs x 1,000 steps
  --only <a,b>       these scenarios only: ${Object.keys(scenarios).join(", ")}
The stock server needs Python 3 with venv and pip (see test/acceptance/venv.ts).`;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "1000" },
    clients: { type: "string", default: "8" },
    seconds: { type: "string", default: "4" },
    rounds: { type: "string" },
    before: { type: "string" },
    pages: { type: "boolean" },
    only: { type: "string" },
    help: { type: "boolean" },
  },
});

interface Measured {
  perSecond: number;
  /** Requests that got an error or no answer; they do not count. */
  failed: number;
  p50: number;
  p95: number;
  /** User and system time of a request, in microseconds: what the server took, and PostgreSQL. NaN where unknown. */
  cpu: number;
  postgresCpu: number;
}

/** What is loaded, and whose time is taken. */
interface Measurable extends Subject {
  pid: number;
  postgres: number;
}

async function measure(subject: Measurable, scenario: (subject: Subject) => Promise<unknown>): Promise<Measured> {
  const used = () => [subject.pid, subject.postgres].map((pid) => cpuOf(pid) ?? Number.NaN);
  const before = used();
  const latencies: number[] = [];
  const failures: Error[] = [];
  const started = performance.now();
  const end = started + Number(values.seconds) * 1000;
  const client = async () => {
    while (performance.now() < end) {
      const sent = performance.now();
      await scenario(subject).then(
        () => latencies.push(performance.now() - sent),
        (error: Error) => failures.push(error),
      );
    }
  };
  await Promise.all(Array.from({ length: Number(values.clients) }, client));
  const seconds = (performance.now() - started) / 1000;
  const [cpu, postgresCpu] = used().map((total, index) => (total - before[index]!) / latencies.length) as [
    number,
    number,
  ];
  if (latencies.length === 0 && failures[0]) throw failures[0];
  latencies.sort((a, b) => a - b);
  const at = (part: number) => latencies[Math.floor(latencies.length * part)] ?? 0;
  const [p50, p95] = [at(0.5), at(0.95)];
  return { perSecond: latencies.length / seconds, failed: failures.length, p50, p95, cpu, postgresCpu };
}

function medians(rounds: Measured[]): Measured {
  const of = (name: keyof Measured) => median(rounds.map((round) => round[name]));
  return {
    perSecond: of("perSecond"),
    failed: rounds.reduce((sum, { failed }) => sum + failed, 0),
    p50: of("p50"),
    p95: of("p95"),
    cpu: of("cpu"),
    postgresCpu: of("postgresCpu"),
  };
}

/**
 * The medians' ratio; beside another build also the lowest and the highest of the rounds, which say what noise there
 * is.
 */
function ratioOf(left: Measured[], right: Measured[]): string {
  const ratio = medians(right).perSecond / medians(left).perSecond;
  if (!values.before) return ratio.toFixed(1);
  const each = left.map(({ perSecond }, round) => right[round]!.perSecond / perSecond);
  return `${ratio.toFixed(2)} (${Math.min(...each).toFixed(2)}-${Math.max(...each).toFixed(2)})`;
}

const cell = ({ perSecond, failed, p50, p95 }: Measured) =>
  `${perSecond.toFixed(1)} (${p50.toFixed(1)}, ${p95.toFixed(1)})${failed > 0 ? `, ${failed} failed` : ""}`;

const cpuCell = ({ cpu, postgresCpu }: Measured) => `${cpu.toFixed(0)} + ${postgresCpu.toFixed(0)}`;

async function compare(other: Measurable, app: Measurable): Promise<void> {
  const compared = values.before ? "Before" : "Stock";
  console.log(
    `\nCPU is microseconds a request, of the server + of PostgreSQL.
| Scenario | ${compared} ops/s (p50, p95 ms) | This app ops/s (p50, p95 ms) | Ratio | ${compared} CPU | This app CPU |
|---|---|---|---|---|---|`,
  );
  const chosen = values.only?.split(",");
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (chosen && !chosen.includes(name)) continue;
    const rounds: [Measured[], Measured[]] = [[], []];
    for (let round = 0; round < Number(values.rounds ?? 3); round++)
      for (const [index, subject] of [other, app].entries()) rounds[index]!.push(await measure(subject, scenario));
    const [left, right] = rounds.map(medians) as [Measured, Measured];
    const cells = [name, cell(left), cell(right), ratioOf(...rounds), cpuCell(left), cpuCell(right)];
    console.log(`| ${cells.join(" | ")} |`);
  }
}

async function main(): Promise<void> {
  if (values.help) return console.log(help);
  const servers = await startServers(values.before);
  try {
    if (values.pages) return await comparePages(servers, Number(values.rounds ?? 5));
    const filled = async (name: string, { url, pid }: Server) => ({
      ...(await fill(name, url, Number(values.runs))),
      pid,
      postgres: servers.postgres,
    });
    const [other, app] = [await filled("other", servers.other), await filled("app", servers.app)];
    await servers.settle();
    await compare(other, app);
    console.log(`\nResident memory of this app after the load: ${await servers.memory()}`);
  } finally {
    await servers.stop();
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
