/** Registered models with their versions. */
import type { Destination } from "./experiments.ts";
import { rewritePromptTag } from "./rewrite.ts";
import { noExperiment } from "./source.ts";
import type { Row, TableName } from "./tables.ts";
import { inUnit, type Unit } from "./target.ts";
import { bringVersion, countVersion } from "./versions.ts";
import type { Work } from "./work.ts";

/** Brings one registered model with its versions, tags and aliases, or none of it. */
export async function bringModel(work: Work, name: string, destinations: readonly Destination[]): Promise<void> {
  const { source, db, options, report } = work;
  if (options.dryRun) report.counted("registered_models", 1);
  if (options.dryRun && !options.artifacts) return;
  const tables: { table: TableName; rows: Row[]; given: Row[] }[] = [];
  const all = new Map(destinations.map((destination) => [destination.source.id, destination]));
  for await (const { table, rows } of source.rows("registered_models", noExperiment, [name])) {
    const given: Row[] = [];
    const made: Row[] = [];
    for await (const row of rows) {
      given.push(row);
      if (table !== "model_versions") made.push(table === "registered_model_tags" ? rewritePromptTag(row, all) : row);
      else if (options.dryRun) await countVersion(work, row);
      else made.push(await bringVersion(work, row));
    }
    tables.push({ table, rows: made, given });
  }
  if (options.dryRun) return;
  const unit = await inUnit(db, async (unit) => {
    const isThere = (await unit.existing("registered_models", [name])).has(name);
    for (const { table, rows, given } of tables) {
      if (isThere && table === "model_versions") await followFiles(unit, given, rows);
      if (isThere) await unit.compare("registered_models", [name], { table, rows });
      else await unit.copy({ table, rows });
    }
    unit.count("registered_models", isThere ? 0 : 1, 1);
    return unit;
  });
  report.finished(unit);
}

/** An earlier import could not read the files of a version, and left its source as it was. */
async function followFiles(unit: Unit, given: readonly Row[], moved: readonly Row[]): Promise<void> {
  for (const [index, before] of given.entries()) {
    const { name, version, source, storage_location: stored } = moved[index]!;
    if (source === before.source && stored === before.storage_location) continue;
    await unit.query(
      `UPDATE model_versions SET source = $3, storage_location = $4 WHERE name = $1 AND version = $2
        AND source IS NOT DISTINCT FROM $5 AND storage_location IS NOT DISTINCT FROM $6`,
      [name, version, source, stored, before.source, before.storage_location],
    );
  }
}
