/** Registered models with their versions. */
import type { Destination } from "./experiments.ts";
import { mapped, ownerOfSource, rewritePromptTag } from "./rewrite.ts";
import { noExperiment, type Rows } from "./source.ts";
import type { Row, Value } from "./tables.ts";
import { Conflict, inUnit, type Unit } from "./target.ts";
import type { Work } from "./work.ts";

/** The stage of a deleted version, of which stock leaves nothing else. */
const deleted = "Deleted_Internal";

/** Brings one registered model with its versions, tags and aliases, or none of it. */
export async function bringModel(work: Work, name: string, destinations: readonly Destination[]): Promise<void> {
  const { source, db, options, report } = work;
  if (options.dryRun) return report.counted("registered_models", 1);
  const all = new Map(destinations.map((destination) => [destination.source.id, destination]));
  const unit = await inUnit(db, async (unit) => {
    const isThere = (await unit.existing("registered_models", [name])).has(name);
    for await (const rows of source.rows("registered_models", noExperiment, [name])) {
      const rewritten = await rewrite(work, unit, rows, all);
      if (isThere) await unit.compare("registered_models", [name], rewritten);
      else await unit.copy(rewritten);
    }
    unit.count("registered_models", isThere ? 0 : 1, 1);
    return unit;
  });
  report.finished(unit);
}

async function rewrite(work: Work, unit: Unit, rows: Rows, all: ReadonlyMap<string, Destination>): Promise<Rows> {
  if (rows.table === "registered_model_tags") return mapped(rows, (row) => rewritePromptTag(row, all));
  if (rows.table !== "model_versions") return rows;
  const versions: Row[] = [];
  for await (const row of rows.rows) {
    const source = await moved(work, unit, row.source, row.name);
    const storage = await moved(work, unit, row.storage_location, row.name);
    if (source === undefined && row.current_stage !== deleted) work.report.staysAt(String(row.source));
    versions.push({ ...row, source: source ?? row.source, storage_location: storage ?? row.storage_location });
  }
  return { table: rows.table, rows: versions };
}

/** Where files of a run or logged model lie in the target. Undefined where they belong to none that is there. */
async function moved({ source, report }: Work, unit: Unit, uri: Value, name: Value): Promise<Value> {
  if (typeof uri !== "string" || /^(runs|models):/.test(uri) || uri === "") return uri ?? null;
  if (!source.reaches(uri)) return undefined;
  const owner = ownerOfSource(uri);
  if (!owner) return undefined;
  const { conflicts } = report;
  const [found] = await unit.query<{ uri: string }>(
    owner.kind === "run"
      ? "SELECT artifact_uri AS uri FROM runs WHERE run_uuid = $1"
      : "SELECT artifact_location AS uri FROM logged_models WHERE model_id = $1",
    [owner.id],
  );
  // Its experiment may come with the next import, and the model then follows its artifacts.
  if (!found && conflicts.length > 0)
    throw new Conflict(`The registered model '${name}' has a version of '${owner.id}', which did not come.`);
  return found && `${found.uri}${owner.rest}`;
}
