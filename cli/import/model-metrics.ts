/** Metrics of logged models. They refer to runs, which may lie in an experiment that comes later. */
import { few } from "./local-artifacts.ts";
import { rewriteExperiment } from "./rewrite.ts";
import type { Rows } from "./source.ts";
import { columnsOf, type Kind } from "./tables.ts";
import { Conflict, inUnit, inWords, type Unit } from "./target.ts";
import { chunks, type Work } from "./work.ts";

const table = "logged_model_metrics";

const isOfModels = (rows: Rows) => rows.table === table;

/** Copies rows of new things; the metrics of logged models as far as their runs are there. */
export async function copyNew(unit: Unit, rows: Rows): Promise<void> {
  if (!isOfModels(rows)) return void (await unit.copy(rows));
  await stageWithRuns(unit, rows);
  await insertMissing(unit);
  await noteLate(unit, "NOT EXISTS (SELECT FROM runs r WHERE r.run_uuid = s.run_id)");
}

/**
 * Compares what the target has with the source. A metric that it lacks of a run in another experiment is added later.
 * @throws Conflict for anything else that differs
 */
export async function compareKnown(unit: Unit, kind: Kind, ids: readonly string[], rows: Rows): Promise<void> {
  if (!isOfModels(rows)) return unit.compare(kind, ids, rows);
  await stageWithRuns(unit, rows);
  const own = `s.run_id IN (SELECT r.run_uuid FROM runs r JOIN logged_models l USING (experiment_id) WHERE l.model_id = s.model_id)`;
  const [other] = await unit.query<{ model: string }>(
    `SELECT model_id AS model FROM (
      (SELECT ${names("t")} FROM ${table} t WHERE t.model_id = ANY($1) EXCEPT SELECT ${names("s")} FROM imported_${table} s)
      UNION ALL
      (SELECT ${names("s")} FROM imported_${table} s WHERE ${own} EXCEPT SELECT ${names("t")} FROM ${table} t WHERE t.model_id = ANY($1))
    ) d LIMIT 1`,
    [ids],
  );
  if (other)
    throw new Conflict(
      `The logged model '${other.model}' is there with other content (table ${table}), and stays as it is.`,
    );
  await noteLate(unit, `NOT EXISTS (${known})`);
}

/** Brings those whose runs have come since, once all experiments are there. */
export async function bringLateMetrics(work: Work): Promise<void> {
  const { source, db, options, report } = work;
  const missing: string[] = [];
  for (const [destination, late] of work.late) {
    const { id, name } = destination.source;
    options.progress(`Metrics of logged models in experiment '${name}'`);
    // A server's models are known by the last search alone.
    const there = new Set(await source.ids("logged_models", id));
    const rewrite = rewriteExperiment(destination, source.reaches);
    for (const some of chunks(late.filter((model) => there.has(model))))
      await inUnit(db, async (unit) => {
        for await (const rows of source.rows("logged_models", id, some))
          if (isOfModels(rows)) await copyNew(unit, rewrite(rows));
        missing.push(...unit.late);
      });
  }
  report.left.push(
    ...few(missing.map((id) => `Metrics of the logged model '${id}' that belong to runs which are not here.`)),
  );
}

const columns = columnsOf(table);
const names = (alias: string) => columns.map((name) => `${alias}."${name}"`).join(", ");

const known = `SELECT FROM ${table} t WHERE (t.model_id, t.metric_name, t.metric_timestamp_ms, t.metric_step, t.run_id)
  = (s.model_id, s.metric_name, s.metric_timestamp_ms, s.metric_step, s.run_id)`;

/** A metric is in the experiment of its run, not of its model. */
async function stageWithRuns(unit: Unit, rows: Rows): Promise<void> {
  await unit.stage(rows);
  await unit.query(
    `UPDATE imported_${table} s SET experiment_id = r.experiment_id FROM runs r WHERE r.run_uuid = s.run_id`,
  );
}

const insertMissing = (unit: Unit) =>
  inWords(table, () =>
    unit.query(`INSERT INTO ${table} (${columns.join(", ")}) SELECT ${names("s")} FROM imported_${table} s
      JOIN runs r ON r.run_uuid = s.run_id WHERE NOT EXISTS (${known})`),
  );

async function noteLate(unit: Unit, condition: string): Promise<void> {
  const found = await unit.query<{ model: string }>(
    `SELECT DISTINCT s.model_id AS model FROM imported_${table} s WHERE ${condition} ORDER BY 1`,
  );
  for (const { model } of found) unit.late.add(model);
}
