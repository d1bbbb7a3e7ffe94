/** `npm run bench -- --trace-growth <n>`: what searches cost in an experiment of n traces beside one of a twentieth. */
import { createHash } from "node:crypto";
import pg from "pg";
import { makeSearchIndexes } from "../shared/mlflow/schema/search-indexes.ts";
import { encodePageToken } from "../shared/mlflow/search/page-token.ts";
import { startApp } from "./apps.ts";
import { call, closeConnections, type Target } from "./client.ts";
import { cpuOf } from "./cpu.ts";
import { machine, makeDatabases } from "./databases.ts";
import { load } from "./load.ts";
import { median } from "./median.ts";
import { rowsOf } from "./trace-rows.ts";

const day = 86_400_000;

/** An experiment, the time of its newest trace, and the number of one in its middle. */
interface Place {
  experiment: string;
  now: number;
  some: number;
}

/** What the searches below look for, beside the rows of `rowsOf`. */
const others = (count: number) => [
  `INSERT INTO trace_tags (request_id, key, value)
   SELECT 'tr-' || md5(i::text), 'ticket', 'ticket-' || i / 20 FROM generate_series(0, ${count - 1}) i`,
  `INSERT INTO trace_request_metadata (request_id, key, value)
   SELECT 'tr-' || md5(i::text), 'mlflow.sourceRun', md5((i / 500)::text) FROM generate_series(0, ${count - 1}, 10) i`,
];

const rare = (count: number) =>
  `UPDATE trace_info SET status = 'IN_PROGRESS' WHERE request_id IN (
     SELECT 'tr-' || md5(i::text) FROM generate_series(1, ${count}, 10000) i)`;

const md5 = (number: number) => createHash("md5").update(String(number)).digest("hex");

type Ask = (place: Place, to: Target) => Promise<unknown>;

const search =
  (asked: (place: Place) => object): Ask =>
  (place, to) =>
    call(to, "POST", "/api/3.0/mlflow/traces/search", {
      locations: [{ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: place.experiment } }],
      max_results: 25,
      order_by: ["timestamp DESC"],
      ...asked(place),
    });

const by = (filter: string) => search(() => ({ filter }));
const since = ({ now }: Place, days: number) => `attributes.timestamp_ms > ${now - days * day}`;

const asks: Record<string, Ask> = {
  "the last week": search((place) => ({ filter: `${since(place, 7)} AND attributes.timestamp_ms < ${place.now}` })),
  "all, pages of 100": search(() => ({ max_results: 100 })),
  "the second page": search(() => ({ page_token: encodePageToken(25) })),
  "page 400": search(() => ({ page_token: encodePageToken(9975) })),
  "a session": search(({ some }) => ({ filter: `metadata.\`mlflow.trace.session\` = 'session-${some / 100}'` })),
  "a run": search(({ some }) => ({ filter: `run_id = '${md5(some / 500)}'` })),
  "a tag of 20 traces": search(({ some }) => ({ filter: `tags.ticket = 'ticket-${some / 20}'` })),
  "a tag of each fifth": by("tags.env = 'test-3'"),
  "a tag of none": by("tags.ticket = 'x'"),
  "`status = 'ERROR'` (5%)": by("status = 'ERROR'"),
  "`status = 'IN_PROGRESS'` (0.01%)": by("status = 'IN_PROGRESS'"),
  "a status of none": by("status = 'STATE_UNSPECIFIED'"),
  "a name of all": by("name = 'agent'"),
  "a name of none": by("name = 'x'"),
  "a client's request of none": by("client_request_id = 'x'"),
  "metadata of none": by("metadata.`mlflow.source.name` = 'x'"),
  "`execution_time > 990` (1%)": by("execution_time > 990"),
  "the slowest": search(() => ({ order_by: ["execution_time DESC"] })),
  "the fastest": search(() => ({ order_by: ["execution_time ASC"] })),
  "the slowest of the last week": search((place) => ({ filter: since(place, 7), order_by: ["execution_time DESC"] })),
  "feedback (5%)": by("feedback.correct = 'true'"),
  "a text in all": by("trace.text ILIKE '%where is it%'"),
  "a text in none of the last hour": search((place) => ({
    filter: `${since(place, 1 / 24)} AND trace.text ILIKE '%nowhere%'`,
  })),
  "a span's name": by("span.name = 'call'"),
};

interface Cost {
  p50: number;
  cpu: number;
}

const warm = 6;
const least = 9;
// CPU is counted in ticks of 10 ms.
const shortest = 400;

/** Milliseconds: the median of requests one after the other by a settled plan, and PostgreSQL's CPU for each. */
async function costOf(ask: Ask, place: Place, to: Target, postgres: number): Promise<Cost> {
  for (let turn = 0; turn < warm; turn++) await ask(place, to);
  const times: number[] = [];
  const before = cpuOf(postgres) ?? Number.NaN;
  for (const began = performance.now(); times.length < least || performance.now() - began < shortest; ) {
    const sent = performance.now();
    await ask(place, to);
    times.push(performance.now() - sent);
  }
  return { p50: median(times), cpu: ((cpuOf(postgres) ?? Number.NaN) - before) / 1000 / times.length };
}

const shown = ({ p50, cpu }: Cost) => `${p50.toFixed(1)} (${cpu.toFixed(1)})`;

const tables = ["trace_info", "trace_tags", "trace_request_metadata", "spans", "assessments"];

async function fill(uri: string, now: number, [many, few]: readonly [number, number]): Promise<void> {
  const client = new pg.Client({ connectionString: uri });
  await client.connect();
  await client.query(
    `INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, workspace)
     SELECT n, 'growth-' || n, '', 'active', 'default' FROM generate_series(1, 2) n`,
  );
  await client.end();
  const statements = [
    ...rowsOf({ experiment: 1, now, first: 0, count: many }),
    ...rowsOf({ experiment: 2, now, first: many, count: few }),
    ...others(many + few),
  ];
  await load(uri, tables, [...statements, rare(many + few)]);
}

/**
 * Prints a table: without the optional indexes and with them.
 * @param traces in the large experiment, a multiple of 20,000
 */
export async function measureTraceGrowth(traces: number): Promise<void> {
  const databases = await makeDatabases("app");
  const [uri] = databases.uris as [string];
  // The first start makes the schema.
  await startApp(uri, databases.folder).then(({ process }) => process.kill());
  const counts: [number, number] = [traces, traces / 20];
  const now = Date.now();
  const places: Place[] = [
    { experiment: "2", now, some: traces + traces / 40 },
    { experiment: "1", now, some: traces / 2 },
  ];
  const app = await startApp(uri, databases.folder);
  const client = new pg.Client({ connectionString: uri });
  await client.connect();
  const costs = async () => {
    await databases.settle();
    const found: Record<string, string[]> = {};
    for (const [name, ask] of Object.entries(asks)) {
      found[name] = [];
      for (const place of places) found[name].push(shown(await costOf(ask, place, app, databases.pid)));
    }
    return found;
  };
  try {
    const began = performance.now();
    await fill(uri, now, counts);
    console.log(`${machine()}\nLoaded in ${Math.round((performance.now() - began) / 1000)} s.`);
    const without = await costs();
    const indexes = await makeSearchIndexes(client, () => {});
    const having = await costs();
    const [many, few] = counts.map((count) => count.toLocaleString("en"));
    console.log(
      `Milliseconds (p50, one client, and PostgreSQL's CPU) in experiments of ${few} and of ${many} traces.\n` +
        `| | ${few} | ${many} | with the optional indexes: ${few} | ${many} |\n|---|---|---|---|---|`,
    );
    for (const [name, cells] of Object.entries(without))
      console.log(`| ${[name, ...cells, ...having[name]!].join(" | ")} |`);
    for (const { name, bytes } of indexes.filter(({ table }) => table.startsWith("trace_")))
      console.log(`\n${name} takes ${Math.round(bytes / 1e6)} MB.`);
  } finally {
    closeConnections();
    app.process.kill();
    await client.end();
    await databases.stop();
  }
}
