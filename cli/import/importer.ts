/** One import: from a source into the database and the Blob Storage of a context. */
import type { AppContext } from "../../shared/platform/context.ts";
import { bringArtifacts } from "./artifacts.ts";
import { type Destination, destinations, emptyDatabase, existingIn, passIds } from "./experiments.ts";
import { bringLateMetrics, compareKnown, copyNew } from "./model-metrics.ts";
import { bringModel } from "./models.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { collectPoints, countOf, type Points } from "./points.ts";
import { Report } from "./report.ts";
import { rewriteExperiment } from "./rewrite.ts";
import type { Source } from "./source.ts";
import { inExperiments, type Kind } from "./tables.ts";
import { Conflict, inUnit, type Unit } from "./target.ts";
import { Uploads } from "./uploads.ts";
import { chunks, type Options, type Work } from "./work.ts";

/**
 * Imports everything. Each experiment and each registered model is there as a whole or not at all; what is there
 * already with the same content is left alone.
 * @throws Refusal where nothing can be imported, and what the source throws before anything is; what fails later, and
 *   conflicts, are in the report
 */
export async function importAll(source: Source, context: AppContext, options: Options): Promise<Report> {
  if (options.dryRun) return bringTo(source, context, options);
  return oneAtATime(context.config, options.progress, () => bringTo(source, context, options));
}

async function bringTo(source: Source, context: AppContext, options: Options): Promise<Report> {
  const { config } = context;
  const db = context.database();
  const existing = options.isEmpty ? emptyDatabase : await existingIn(db);
  const found = destinations(existing, await source.experiments(), config.MLFLOW_DEFAULT_ARTIFACT_ROOT);
  const report = new Report(found, options.artifacts);
  const uploads = new Uploads(context.blobs);
  report.uploads = uploads.total;
  const work: Work = { source, db, config, options, uploads, report, points: undefined, late: new Map() };
  try {
    await bringAll(work, found);
  } catch (error) {
    if (options.dryRun) throw error;
    report.course.failure = error;
  }
  return report;
}

const titleOf = ({ source }: Destination) => `experiment '${source.name}'`;
const modelTitle = (name: string) => `registered model '${name}'`;

async function bringAll(work: Work, found: readonly Destination[]): Promise<void> {
  const { source, db, options, report } = work;
  const modelsTitle = "the registered models";
  report.course.plan([...found.map(titleOf), modelsTitle]);
  if (!options.dryRun) await passIds(db, found);
  if (!options.dryRun) work.points = await collectPoints(work, found);
  const together: Destination[] = [];
  for (const [index, destination] of found.entries()) {
    report.course.begin(titleOf(destination));
    const name = `${titleOf(destination)} (${index + 1} of ${found.length})`;
    const ids = await bringFiles(work, destination, name);
    if (work.points?.experiments.has(destination.source.id)) {
      report.course.postpone();
      together.push(destination);
    } else await unlessConflict(report, titleOf(destination), () => bringExperiment(work, destination, name, ids));
  }
  if (work.points) await bringTogether(work, together, work.points);
  if (work.late.size > 0)
    await unlessConflict(report, "metrics of logged models by other experiments", () => bringLateMetrics(work));
  report.course.begin(modelsTitle);
  const models = await source.models();
  report.course.end(false);
  report.course.plan(models.map(modelTitle));
  for (const [index, name] of models.entries()) {
    options.progress("Registered models", Math.floor((100 * index) / models.length));
    await unlessConflict(report, modelTitle(name), () => bringModel(work, name, found));
  }
  report.left.push(...(await source.left()));
}

async function unlessConflict(
  { course, conflicts }: Report,
  title: string,
  work: () => Promise<void>,
  done = () => course.end(true),
): Promise<void> {
  course.begin(title);
  try {
    await work();
    done();
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    course.end(false);
    conflicts.push(error.message);
  }
}

type Ids = ReadonlyMap<Kind, string[]>;

async function bringFiles(work: Work, destination: Destination, name: string): Promise<Ids> {
  const { options, report } = work;
  const ids = await idsIn(work, destination);
  options.progress(`Artifacts of ${name}`);
  if (options.artifacts) await bringArtifacts(work, destination, ids);
  if (!options.dryRun) return ids;
  report.counted("experiments", 1);
  for (const kind of inExperiments) report.counted(kind, ids.get(kind)!.length);
  return ids;
}

async function idsIn({ source }: Work, destination: Destination): Promise<Ids> {
  const ids = new Map<Kind, string[]>();
  for (const kind of inExperiments) ids.set(kind, await source.ids(kind, destination.source.id));
  return ids;
}

async function bringExperiment(work: Work, destination: Destination, name: string, ids: Ids): Promise<void> {
  if (work.options.dryRun) return;
  const unit = await inUnit(work.db, async (unit) => {
    await bringRows(work, unit, destination, name, ids);
    work.options.progress(`Indexes of the points of ${name}`);
    return unit;
  });
  work.report.finished(unit);
}

/** Experiments whose points are collected, in one transaction. */
async function bringTogether(work: Work, together: readonly Destination[], points: Points): Promise<void> {
  const { db, options, report } = work;
  const { course } = report;
  const unit = await inUnit(db, async (unit) => {
    unit.takePoints(points.table);
    for (const [index, destination] of together.entries()) {
      const title = titleOf(destination);
      const name = `${title} (${index + 1} of ${together.length})`;
      const ids = await idsIn(work, destination);
      const bring = () => unit.attempt(() => bringRows(work, unit, destination, name, ids));
      await unlessConflict(report, title, bring, () => course.hold());
    }
    options.progress("Points take their place");
    return unit;
  });
  course.committed();
  report.finished(unit);
}

async function bringRows(work: Work, unit: Unit, destination: Destination, name: string, ids: Ids): Promise<void> {
  const total = [...ids.values()].reduce((sum, list) => sum + list.length, 1);
  let done = 0;
  await bringExperimentRows(work, unit, destination);
  for (const kind of inExperiments)
    for (const some of chunks(ids.get(kind)!)) {
      work.options.progress(`Rows of ${name}`, Math.floor((100 * done) / total));
      await bringThings(work, unit, destination, kind, some);
      done += some.length;
    }
  if (unit.late.size > 0) work.late.set(destination, [...unit.late]);
  unit.late.clear();
}

const experimentColumns = ["name", "lifecycle_stage", "creation_time", "last_update_time"];

/** Experiment 0 that every database has takes what the source says of it, as long as nothing is in it. */
async function bringExperimentRows(work: Work, unit: Unit, destination: Destination): Promise<void> {
  const { source } = work;
  const { id } = destination;
  const rewrite = rewriteExperiment(destination, source.reaches);
  const isThere = (await unit.existing("experiments", [id])).has(id);
  const isBlank = isThere && id === "0" && (await unit.query(isBlankDefault)).length > 0;
  for await (const rows of source.rows("experiments", destination.source.id, [destination.source.id])) {
    const rewritten = rewrite(rows);
    if (isBlank && rows.table === "experiments") {
      await unit.stage(rewritten);
      const set = experimentColumns.map((name) => `${name} = s.${name}`).join(", ");
      await unit.query(`UPDATE experiments e SET ${set} FROM imported_experiments s WHERE e.experiment_id = 0`);
    } else if (isThere && !isBlank) await unit.compare("experiments", [id], rewritten);
    else await unit.copy(rewritten);
  }
  unit.count("experiments", isThere && !isBlank ? 0 : 1, 1);
}

const isBlankDefault = `SELECT FROM experiments e WHERE experiment_id = 0 AND name = 'Default' AND ${[
  "experiment_tags",
  "runs",
  "logged_models",
  "trace_info",
  "datasets",
]
  .map((table) => `NOT EXISTS (SELECT FROM ${table} t WHERE t.experiment_id = 0)`)
  .join(" AND ")}`;

/** Copies those that the target does not have, and compares the others. */
async function bringThings(work: Work, unit: Unit, destination: Destination, kind: Kind, ids: string[]): Promise<void> {
  const { source } = work;
  const rewrite = rewriteExperiment(destination, source.reaches);
  const existing = await unit.existing(kind, ids);
  const fresh = ids.filter((id) => !existing.has(id));
  const there = ids.filter((id) => existing.has(id));
  if (fresh.length > 0)
    for await (const rows of source.rows(kind, destination.source.id, fresh))
      if (rows.table === "metrics" && work.points) unit.wrote("metrics", countOf(work.points, fresh));
      else await copyNew(unit, rewrite(rows));
  if (there.length > 0)
    for await (const rows of source.rows(kind, destination.source.id, there))
      await compareKnown(unit, kind, there, rewrite(rows));
  unit.count(kind, fresh.length, ids.length);
}
