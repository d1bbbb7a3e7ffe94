/**
 * `npm run bench`: this app beside a stock server, or beside another build of itself, on the same PostgreSQL, in one
 * run.
 */
import { parseArgs } from "node:util";
import type { Server } from "./apps.ts";
import { compareWithBare } from "./bare.ts";
import { compareConnections } from "./connections.ts";
import { measureGrowth } from "./growth.ts";
import { measureHistories } from "./histories.ts";
import { compareUnderHost } from "./hosts.ts";
import { compareImports } from "./import.ts";
import { cell, cpuCell, type Measurable, type Measured, measure, medians } from "./measure.ts";
import { comparePages } from "./pages.ts";
import { compareRaw, writes } from "./raw.ts";
import { countRequests } from "./requests.ts";
import { simulateScale } from "./scale.ts";
import { fill, scenarios } from "./scenarios.ts";
import { startServers } from "./servers.ts";
import { compareSignIn } from "./sign-in.ts";
import { measureTraceGrowth } from "./trace-growth.ts";
import { compareTraces, traceScenarios } from "./traces.ts";
import { compareUpgrades } from "./upgrade.ts";

const help = `npm run bench -- [options]
  --runs <n>         runs in the experiment that is searched (default 1000)
  --clients <n>      concurrent clients (default 8; with --connections 64)
  --seconds <n>      seconds of each measurement (default 4; with --traces and --raw 1.5, with --auth 0.5, with --connections 1)
  --rounds <n>       rounds, of which the median counts (default 3; with --traces 2, with --auth 12, for pages 5, with --connections 6)
  --before <folder>  another checkout of this app, built, in place of the stock server
  --auth <a,b>       this app without sign-in beside itself with basic, entra or easyauth, and stock with basic-auth
  --no-stock         the same without the stock server, whose requests take seconds then
  --pages            MLflow's page in a browser instead: a table of 5,000 runs, charts of 100 runs x 1,000 steps
  --connections      one instance with 1 to 20 connections to a PostgreSQL that is 0 to 10 ms farther away, for docs/scale.md
  --requests         counts what a typical run, a read and a visit ask of the app, its database and storage, for docs/cost.md
  --traces           traces instead: spans by OTLP at 1, 8 and 32 clients, beside SQL by hand too, and reads of 100,000 traces;
                     --only takes ${traceScenarios.join(", ")}
  --upgrade <n>      upgrades of old databases instead: n points of metrics (10000000 say), and a hundredth as many traces;
                     --only takes metrics, traces
  --import <n>       imports instead: n runs of 5,000 points of metrics from SQLite (10000 say; a file of 1.2 MB a run), and beside it
  --fewer <n>        runs (default 20) by mlflow-export-import and mlflow migrate-filestore, which take seconds for each; 0 for none
  --experiments <n>  experiments that share the runs of --import (default 1)
  --bare             beside a bare loop of node:http and pg that sends the same statements; and the app without HTTP
  --host <command>   under a host that takes the folder of an app and a port, beside an empty function there; {app} and {port}
                     stand for them in the command, else they follow it. FUNCTIONS_HOST names one too. Core Tools:
                     'func start --script-root {app} --port {port}'
  --raw              writes of runs instead, at 8 and 64 clients (or --clients), beside the same rows by SQL by hand; --no-stock leaves
                     out the stock server; --only takes ${Object.keys(writes).join(", ")}
  --growth <n>       searches in an experiment of n runs (200000 say; 1000000 takes some 15 GB) beside one of a twentieth, without the
                     optional indexes and with them
  --histories <n>    reads of a metric of n points (1000000 say): pages, samples, all at once; --no-stock leaves out the stock server
  --trace-growth <n> searches in an experiment of n traces (1000000 say) beside one of a twentieth,
                     without the optional indexes and with them
  --scale            no load but a simulation of instances, connections and PostgreSQL's tiers, for docs/scale.md
  --only <a,b>       these scenarios only: ${Object.keys(scenarios).join(", ")}
The stock server needs Python 3 with venv and pip (see test/acceptance/venv.ts).`;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "1000" },
    clients: { type: "string" },
    seconds: { type: "string" },
    rounds: { type: "string" },
    before: { type: "string" },
    auth: { type: "string" },
    "no-stock": { type: "boolean" },
    pages: { type: "boolean" },
    connections: { type: "boolean" },
    requests: { type: "boolean" },
    raw: { type: "boolean" },
    scale: { type: "boolean" },
    growth: { type: "string" },
    histories: { type: "string" },
    "trace-growth": { type: "string" },
    traces: { type: "boolean" },
    upgrade: { type: "string" },
    import: { type: "string" },
    fewer: { type: "string", default: "20" },
    experiments: { type: "string", default: "1" },
    bare: { type: "boolean" },
    host: { type: "string" },
    only: { type: "string" },
    help: { type: "boolean" },
  },
});

const load = { clients: Number(values.clients ?? 8), seconds: Number(values.seconds ?? 4) };
const only = values.only?.split(",");
const chosen = Object.entries(scenarios).filter(([name]) => !only || only.includes(name));

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

async function compare(other: Measurable, app: Measurable): Promise<void> {
  const compared = values.before ? "Before" : "Stock";
  console.log(
    `\nCPU is microseconds a request, of the server + of PostgreSQL.
| Scenario | ${compared} ops/s (p50, p95 ms) | This app ops/s (p50, p95 ms) | Ratio | ${compared} CPU | This app CPU |
|---|---|---|---|---|---|`,
  );
  for (const [name, scenario] of chosen) {
    const rounds: [Measured[], Measured[]] = [[], []];
    for (let round = 0; round < Number(values.rounds ?? 3); round++)
      for (const [index, subject] of [other, app].entries())
        rounds[index]!.push(await measure(subject, scenario, load));
    const [left, right] = rounds.map(medians) as [Measured, Measured];
    const cells = [name, cell(left), cell(right), ratioOf(...rounds), cpuCell(left), cpuCell(right)];
    console.log(`| ${cells.join(" | ")} |`);
  }
}

async function main(): Promise<void> {
  if (values.help) return console.log(help);
  if (values.connections)
    return compareConnections(
      { clients: Number(values.clients ?? 64), seconds: Number(values.seconds ?? 1) },
      Number(values.rounds ?? 6),
    );
  if (values.requests) return countRequests();
  if (values.traces) {
    const [seconds, rounds] = [Number(values.seconds ?? 1.5), Number(values.rounds ?? 2)];
    return compareTraces({ clients: load.clients, seconds, rounds, only });
  }
  if (values.bare)
    return compareWithBare({ ...load, rounds: Number(values.rounds ?? 3), runs: Number(values.runs), only });
  if (values.scale) return simulateScale();
  if (values.growth) return measureGrowth(Number(values.growth));
  if (values.histories) return measureHistories(Number(values.histories), !values["no-stock"]);
  if (values["trace-growth"]) return measureTraceGrowth(Number(values["trace-growth"]));
  if (values.raw) {
    const clientCounts = values.clients ? [load.clients] : [8, 64];
    const [seconds, rounds] = [Number(values.seconds ?? 1.5), Number(values.rounds ?? 3)];
    return compareRaw({ clientCounts, seconds, rounds, withStock: !values["no-stock"], only });
  }
  if (values.import) return compareImports(Number(values.import), Number(values.experiments), Number(values.fewer));
  if (values.upgrade) return compareUpgrades(Number(values.upgrade), Number(values.rounds ?? 3), only);
  if (values.auth)
    return compareSignIn(values.auth.split(","), {
      clients: load.clients,
      seconds: Number(values.seconds ?? 0.5),
      withStock: !values["no-stock"],
      chosen,
      runs: Number(values.runs),
      rounds: Number(values.rounds ?? 12),
    });
  const host = values.host ?? (values.before || values.pages ? undefined : process.env.FUNCTIONS_HOST);
  if (host)
    return compareUnderHost(host, { ...load, rounds: Number(values.rounds ?? 3), runs: Number(values.runs), chosen });
  const servers = await startServers(values.before);
  try {
    if (values.pages) return await comparePages(servers, Number(values.rounds ?? 5));
    const filled = async (name: string, { url, pid }: Server) => ({
      ...(await fill(name, { url }, Number(values.runs))),
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
