/**
 * Points of metrics, which are most of what is imported: of all experiments they are collected in one table, without
 * indexes, before anything else comes. Each part is a transaction of its own, so that a killed import goes on there;
 * nobody sees them until their runs are there.
 */
import type { Destination } from "./experiments.ts";
import { NewMetrics } from "./new-table.ts";
import { Conflict, inUnit, inWords } from "./target.ts";
import { chunks, type Work } from "./work.ts";

export interface Points {
  table: NewMetrics;
  /** Numbers of points by run. */
  byRun: ReadonlyMap<string, number>;
  /** Ids of the experiments that have such runs, as the source has them. */
  experiments: ReadonlySet<string>;
}

/**
 * Undefined where the points come with their experiments: where the source can't be read twice, `metrics` can't be
 * replaced, or holds as many as come, and where one can't be stored, which its experiment will tell.
 */
export async function collectPoints(work: Work, found: readonly Destination[]): Promise<Points | undefined> {
  const { db, source, options } = work;
  const isPossible = source.countPoints && (await inUnit(db, (unit) => unit.lend(NewMetrics.possible)));
  const { byRun, experiments } = isPossible ? await wanted(work, found) : none;
  const begun = byRun.size > 0 ? await beginTable(work, byRun) : undefined;
  if (!begun) {
    await inUnit(db, (unit) => unit.lend(NewMetrics.forget));
    return undefined;
  }
  const { table, had } = begun;
  try {
    for (const [index, { source: experiment }] of found.entries()) {
      if (!experiments.has(experiment.id)) continue;
      const name = `Points of experiment '${experiment.name}' (${index + 1} of ${found.length})`;
      const runs = (await source.ids("runs", experiment.id)).filter((run) => byRun.has(run) && !had.has(run));
      let done = 0;
      for (const some of batches(runs, byRun)) {
        options.progress(name, Math.floor((100 * done) / runs.length));
        await copyPoints(work, table, experiment.id, some);
        done += some.length;
      }
    }
    if (await inUnit(db, (unit) => unit.lend((client) => table.isLarger(client)))) {
      options.progress("Indexes of the points");
      for (const statement of await inUnit(db, (unit) => unit.lend((client) => table.indexes(client))))
        await inUnit(db, (unit) => inWords("metrics", () => unit.query(statement)));
      return { table, byRun, experiments };
    }
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
  }
  await inUnit(db, (unit) => unit.lend((client) => table.drop(client)));
  return undefined;
}

export const countOf = ({ byRun }: Points, runs: readonly string[]): number =>
  runs.reduce((sum, run) => sum + (byRun.get(run) ?? 0), 0);

const none = { byRun: new Map<string, number>(), experiments: new Set<string>() };

/** What a killed import loses at most, but for a run that has more. */
const pointsAtOnce = 1_000_000;

function* batches(runs: readonly string[], byRun: ReadonlyMap<string, number>): Iterable<string[]> {
  for (const some of chunks(runs)) {
    let batch: string[] = [];
    let points = 0;
    for (const run of some) {
      batch.push(run);
      points += byRun.get(run) ?? 0;
      if (points < pointsAtOnce) continue;
      yield batch;
      [batch, points] = [[], 0];
    }
    if (batch.length > 0) yield batch;
  }
}

/** The runs that the target does not have, with their numbers of points where they have any. */
async function wanted({ source, db }: Work, found: readonly Destination[]) {
  const byRun = new Map<string, number>();
  const experiments = new Set<string>();
  for (const { source: experiment } of found)
    for (const some of chunks(await source.ids("runs", experiment.id))) {
      const there = await inUnit(db, (unit) => unit.existing("runs", some));
      const fresh = some.filter((run) => !there.has(run));
      const counted = fresh.length > 0 ? await source.countPoints!(fresh) : [];
      for (const [run, count] of counted) {
        byRun.set(run, count);
        experiments.add(experiment.id);
      }
    }
  return { byRun, experiments };
}

/** The table that a killed import left, where it was one of this source, else a new one. */
async function beginTable({ db }: Work, byRun: ReadonlyMap<string, number>) {
  return inUnit(db, (unit) =>
    unit.lend(async (client) => {
      const left = await NewMetrics.left(client);
      const had = (await left?.counts(client)) ?? new Map<string, number>();
      if (left && [...had].every(([run, count]) => byRun.get(run) === count)) return { table: left, had };
      const table = await NewMetrics.begin(client);
      return table && { table, had: new Map<string, number>() };
    }),
  );
}

async function copyPoints({ db, source }: Work, { into }: NewMetrics, experiment: string, runs: string[]) {
  await inUnit(db, async (unit) => {
    for await (const rows of source.rows("runs", experiment, runs))
      if (rows.table === "metrics") return unit.copyInto(into, rows);
  });
}
