/** Upgrades of old databases: `npm run migrate` beside `mlflow db upgrade` of the same database, in turns. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import pg from "pg";
import { venv } from "../test/acceptance/venv.ts";
import { machine, makeDatabases } from "./databases.ts";
import { median } from "./median.ts";
import { type Watched, watched } from "./watched.ts";

const dump = (version: string): string => gunzipSync(readFileSync(`test/db/old/${version}.sql.gz`)).toString();

/** A database of 2.0.1 with so many points of metrics: 50 metrics of 100 points in each run. */
const metricsOf = (rows: number): string => `${dump("2.0.1")};
  INSERT INTO runs (run_uuid, name, status, lifecycle_stage, experiment_id, start_time)
    SELECT md5(i::text), 'run ' || i, 'FINISHED', 'active', 0, i FROM generate_series(1, ${Math.ceil(rows / 5000)}) i;
  INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan)
    SELECT 'metric ' || i / 100 % 50, i, i, md5((i / 5000 + 1)::text), i % 100, false FROM generate_series(0, ${rows - 1}) i;
  INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid)
    SELECT key, value, timestamp, step, is_nan, run_uuid FROM metrics WHERE step = 99 AND run_uuid IN (SELECT md5(i::text) FROM generate_series(1, ${Math.ceil(rows / 5000)}) i)`;

/** A database of 3.16.1 with so many traces of two spans and one assessment each. */
const tracesOf = (traces: number): string => `${dump("3.16.1")};
  CREATE TEMP TABLE made AS SELECT 'tr-made-' || i AS id, i FROM generate_series(1, ${traces}) i;
  INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, execution_time_ms, status) SELECT id, 0, i, 5, 'OK' FROM made;
  INSERT INTO trace_tags (request_id, key, value) SELECT id, 'mlflow.traceName', 'trace ' || i FROM made;
  INSERT INTO trace_request_metadata (request_id, key, value)
    SELECT id, 'mlflow.trace.tokenUsage', '{"input_tokens": 10, "output_tokens": 20, "total_tokens": 30}' FROM made
    UNION ALL SELECT id, 'mlflow.trace.cost', '{"input_cost": 0.1, "output_cost": 0.2, "total_cost": 0.3}' FROM made
    UNION ALL SELECT id, 'mlflow.trace.session', 'session ' || i % 100 FROM made;
  INSERT INTO trace_metrics (request_id, key, value) SELECT id, key, 10 FROM made, unnest(ARRAY['input_tokens', 'output_tokens', 'total_tokens']) key;
  INSERT INTO spans (trace_id, experiment_id, span_id, name, type, status, start_time_unix_nano, end_time_unix_nano, content, dimension_attributes)
    SELECT id, 0, 's' || span, 'span', 'LLM', 'OK', i, i + 5, '{}', '{"mlflow.llm.model": "gpt-4o-mini", "mlflow.llm.provider": "openai"}'
    FROM made, generate_series(1, 2) span;
  INSERT INTO span_metrics (trace_id, span_id, key, value)
    SELECT id, 's' || span, key, 0.1 FROM made, generate_series(1, 2) span, unnest(ARRAY['input_cost', 'output_cost', 'total_cost']) key;
  INSERT INTO assessments (assessment_id, trace_id, name, assessment_type, value, created_timestamp, last_updated_timestamp, source_type, valid)
    SELECT 'a-' || i, id, 'ok', 'feedback', 'true', i, i, 'HUMAN', true FROM made`;

/**
 * @param rows of metrics in the one database; the other has a hundredth as many traces
 * @param only `metrics` or `traces`; undefined for both
 */
export async function compareUpgrades(rows: number, rounds: number, only?: readonly string[]): Promise<void> {
  const traces = Math.ceil(rows / 100);
  const databases = await makeDatabases("metrics_2_0_1", "traces_3_16_1");
  const [metricsUri, tracesUri] = databases.uris;
  const python = join(await venv("3.18.0"), "bin/python");
  const stock = (uri: string) =>
    watched(python, ["-m", "mlflow", "db", "upgrade", uri.replace(/^postgres(?:ql)?:/, "postgresql+psycopg2:")], {});
  const ours = (uri: string) => watched(process.execPath, ["dist/migrate.cjs"], { MLFLOW_BACKEND_STORE_URI: uri });
  console.log(`${machine()}
| Database | Stock s (MB) | This app s (MB) | Ratio of seconds |
|---|---|---|---|`);
  try {
    for (const [what, name, uri, statements] of [
      ["metrics", `MLflow 2.0.1, ${rows.toLocaleString("en")} points of metrics`, metricsUri!, metricsOf(rows)],
      [
        "traces",
        `MLflow 3.16.1, ${traces.toLocaleString("en")} traces, ${(2 * traces).toLocaleString("en")} spans`,
        tracesUri!,
        tracesOf(traces),
      ],
    ] as const) {
      if (only && !only.includes(what)) continue;
      await query(uri, statements);
      await query(uri, "VACUUM ANALYZE");
      const taken: [Watched[], Watched[]] = [[], []];
      for (let round = 0; round < rounds; round++)
        for (const [index, upgrade] of [stock, ours].entries()) taken[index]!.push(await ofACopy(uri, upgrade));
      const [theirs, own] = taken.map(medians) as [Watched, Watched];
      console.log(`| ${name} | ${cell(theirs)} | ${cell(own)} | ${(own.seconds / theirs.seconds).toFixed(2)} |`);
    }
  } finally {
    await databases.stop();
  }
}

const cell = ({ seconds, megabytes }: Watched): string => `${seconds.toFixed(1)} (${megabytes.toFixed(0)})`;

const medians = (taken: Watched[]): Watched => ({
  seconds: median(taken.map(({ seconds }) => seconds)),
  cpu: median(taken.map(({ cpu }) => cpu)),
  megabytes: median(taken.map(({ megabytes }) => megabytes)),
});

async function query(uri: string, statements: string): Promise<void> {
  const client = new pg.Client({ connectionString: uri });
  await client.connect();
  await client.query(statements).finally(() => client.end());
}

async function ofACopy(uri: string, upgrade: (uri: string) => Promise<Watched>): Promise<Watched> {
  const [server, name] = [uri.replace(/[^/]+$/, "postgres"), uri.split("/").at(-1)!];
  await query(server, `CREATE DATABASE upgraded TEMPLATE ${name}`);
  await query(server, "CHECKPOINT");
  try {
    return await upgrade(uri.replace(/[^/]+$/, "upgraded"));
  } finally {
    await query(server, "DROP DATABASE upgraded");
  }
}
