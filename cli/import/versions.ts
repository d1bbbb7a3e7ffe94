/** Where the files of model versions lie: in a run or logged model that came, or in a place of their own. */
import { createHash } from "node:crypto";
import { resolveRoot } from "../../shared/artifacts/roots.ts";
import { sql } from "../../shared/platform/db/sql.ts";
import { counted } from "./artifacts.ts";
import { ownerOfSource } from "./rewrite.ts";
import { noExperiment, type Place } from "./source.ts";
import type { Row, Value } from "./tables.ts";
import { Conflict } from "./target.ts";
import type { Work } from "./work.ts";

/** The stage of a deleted version, of which stock leaves nothing else. */
const deleted = "Deleted_Internal";

/** What a version's columns become. */
interface Moved {
  source: Value;
  storage_location: Value;
}

/** The row of a version as the target has it. Its files are uploaded where they lie in no run and no logged model. */
export async function bringVersion(work: Work, row: Row): Promise<Row & Moved> {
  const { source, storage_location: stored } = row;
  const location = stored || source;
  if (typeof location !== "string" || isReference(location) || row.current_stage === deleted)
    return { ...row, source, storage_location: stored };
  const place = (await inOwner(work, location, row.name)) ?? (await inOwnPlace(work, location, row));
  const moved = async (uri: Value) =>
    uri === location ? (place ?? uri) : ((await inOwner(work, uri, row.name)) ?? uri);
  return { ...row, source: await moved(source), storage_location: await moved(stored) };
}

/** Counts the files of a version that a dry run finds in no run and no logged model. */
export async function countVersion({ source, uploads }: Work, row: Row): Promise<void> {
  const location = row.storage_location || row.source;
  if (typeof location !== "string" || isReference(location) || row.current_stage === deleted) return;
  if (!source.reaches(location) || ownerOfSource(location)) return;
  await counted(await source.files(placeOf(row, location)), uploads.total);
}

/** What clients follow by themselves. */
const isReference = (uri: string) => /^(runs|models):/.test(uri);

const placeOf = ({ name, version }: Row, uri: string): Place => ({
  kind: "model_version",
  id: `${name}/${version}`,
  experiment: noExperiment,
  uri,
});

/** Where files of a run or logged model lie in the target. Undefined where they belong to none that is there. */
async function inOwner({ source, report, db }: Work, uri: Value, name: Value): Promise<string | undefined> {
  if (typeof uri !== "string" || !source.reaches(uri)) return undefined;
  const owner = ownerOfSource(uri);
  if (!owner) return undefined;
  const [found] = await db.reading.query<{ uri: string }>(
    owner.kind === "run"
      ? sql`SELECT artifact_uri AS uri FROM runs WHERE run_uuid = ${owner.id}`
      : sql`SELECT artifact_location AS uri FROM logged_models WHERE model_id = ${owner.id}`,
  );
  // Its experiment may come with the next import, and the model then follows its artifacts.
  if (!found && report.conflicts.length > 0)
    throw new Conflict(`The registered model '${name}' has a version of '${owner.id}', which did not come.`);
  return found && `${found.uri}${owner.rest}`;
}

/** Undefined, and noted, where the files can't be read. */
async function inOwnPlace(work: Work, uri: string, row: Row): Promise<string | undefined> {
  const { source, config, options, uploads, report } = work;
  if (!source.reaches(uri)) {
    report.staysAt(uri);
    return undefined;
  }
  const to = await ownPlace(work, row);
  const files = await source.files(placeOf(row, uri));
  const count = options.artifacts ? await uploads.bring(files, resolveRoot(to, config)) : await firstOf(files);
  if (count > 0 || (await isThereAlready(work, row, to))) return to;
  report.versionStays(`Version ${row.version} of the registered model '${row.name}': its source stays ${uri}.`);
  return undefined;
}

/** 1 where there is any. */
async function firstOf(files: AsyncIterable<unknown>): Promise<number> {
  for await (const _ of files) return 1;
  return 0;
}

/** In the folder of its run's experiment, or of the default one: who may read that may read it. */
async function ownPlace({ db }: Work, { name, version, run_id }: Row): Promise<string> {
  const [found] = await db.reading.query<{ location: string }>(sql`
    SELECT coalesce(
      (SELECT e.artifact_location FROM runs r JOIN experiments e USING (experiment_id) WHERE r.run_uuid = ${run_id}),
      (SELECT artifact_location FROM experiments WHERE experiment_id = 0)) AS location`);
  return `${found!.location}/registered-models/${folderName(String(name))}/${version}`;
}

/** A name that is the same in every spelling of a URL. */
function folderName(name: string): string {
  const plain = name.replace(/[^\w-]/g, "_");
  return plain === name ? name : `${plain}-${createHash("md5").update(name).digest("hex").slice(0, 8)}`;
}

async function isThereAlready({ db }: Work, { name, version }: Row, uri: string): Promise<boolean> {
  const found = await db.reading.query(sql`
    SELECT FROM model_versions WHERE name = ${name} AND version = ${version}::int AND coalesce(storage_location, source) = ${uri}`);
  return found.length > 0;
}
