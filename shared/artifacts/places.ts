/** To whom a place in storage belongs, decided by where the roots lie and not by how a path is spelled. */
import { inScope } from "../mlflow/scope.ts";
import type { ArtifactRoot } from "../platform/azure/address.ts";
import type { Config } from "../platform/config.ts";
import type { Db } from "../platform/db/database.ts";
import { sql } from "../platform/db/sql.ts";
import type { Facts } from "../platform/identity/facts.ts";
import { folderOf, holds, placeOrNone } from "./roots.ts";

/** A run, logged model or trace, in whose folder a place lies. */
export interface Holder {
  type: "run" | "logged_model" | "trace";
  id: string;
  experiment: string;
  /** Where its artifacts lie. */
  uri: string;
}

interface Finding {
  db: Db;
  config: Config;
  facts: Facts;
}

/** Folders are named by ids; no id of MLflow's is longer. */
const isId = (segment: string) => /^[\w-]{1,64}$/.test(segment);

/** The run, logged model or trace in whose folder a place lies. Where they lie never changes, so it is remembered. */
export async function holderOf(place: ArtifactRoot, { db, config, facts }: Finding): Promise<Holder | undefined> {
  const ids = place.prefix.split("/").filter(isId);
  const holding = ({ uri }: Holder) => {
    const root = placeOrNone(uri, config);
    return root !== undefined && holds(folderOf(root), place);
  };
  const known = ids.flatMap((id) => facts.get("holder", id) ?? []).map((text) => JSON.parse(text) as Holder);
  const remembered = known.find(holding);
  if (remembered || ids.length === 0) return remembered;
  const found = (await holdersOf(db, ids)).filter(holding);
  for (const holder of found) {
    facts.note("holder", holder.id, JSON.stringify(holder));
    facts.note(holder.type, holder.id, holder.experiment);
  }
  return found.sort((one, other) => other.uri.length - one.uri.length)[0];
}

const holdersOf = (db: Db, ids: string[]): Promise<Holder[]> =>
  db.query(sql`
    SELECT 'run' AS type, run_uuid AS id, experiment_id::text AS experiment, coalesce(artifact_uri, '') AS uri
    FROM runs WHERE run_uuid = ANY(${ids}::text[])
    UNION ALL
    SELECT 'logged_model', model_id, experiment_id::text, artifact_location
    FROM logged_models WHERE model_id = ANY(${ids}::text[])
    UNION ALL
    SELECT 'trace', t.request_id, t.experiment_id::text,
      coalesce((SELECT value FROM trace_tags g WHERE g.request_id = t.request_id AND g.key = 'mlflow.artifactLocation'),
        rtrim(e.artifact_location, '/') || '/traces/' || t.request_id || '/artifacts')
    FROM trace_info t JOIN experiments e USING (experiment_id) WHERE t.request_id = ANY(${ids}::text[])`);

interface Located {
  root: ArtifactRoot;
  ids: string[];
}

/** The experiments in whose deepest root a place lies: several where they share it, none where it is in no root. */
export async function experimentsAround(place: ArtifactRoot, finding: Omit<Finding, "facts">): Promise<string[]> {
  const around = (await locatedAlong(place, finding)).filter(({ root }) => holds(root, place));
  const depth = Math.max(...around.map(({ root }) => root.prefix.length));
  return around.filter(({ root }) => root.prefix.length === depth).flatMap(({ ids }) => ids);
}

/** The experiments whose roots lie in a place. */
export async function experimentsBelow(place: ArtifactRoot, { db, config }: Omit<Finding, "facts">): Promise<string[]> {
  const name = place.prefix.split("/").at(-1)!.toLowerCase();
  const rows = await db.query<{ uri: string; ids: string[] }>(sql`
    SELECT artifact_location AS uri, array_agg(experiment_id::text) AS ids FROM experiments
    WHERE ${inScope(db)} AND (artifact_location LIKE '%\%%' OR position(${name} IN lower(artifact_location)) > 0)
    GROUP BY artifact_location`);
  return located(rows, config)
    .filter(({ root }) => holds(place, root))
    .flatMap(({ ids }) => ids);
}

/** Experiments whose location ends like one of the folders on the way to a place; the rest is decided on addresses. */
async function locatedAlong(place: ArtifactRoot, { db, config }: Omit<Finding, "facts">): Promise<Located[]> {
  const segments = place.prefix.split("/");
  const rows = await db.query<{ uri: string; ids: string[] }>(sql`
    SELECT artifact_location AS uri, array_agg(experiment_id::text) AS ids FROM experiments
    WHERE ${inScope(db)} AND (artifact_location LIKE '%\%%' OR artifact_location ~ '^[^:]*:/*[^/]*/*$'
      OR substring(rtrim(artifact_location, '/') FROM '[^/]*$') = ANY(${segments}::text[]))
    GROUP BY artifact_location`);
  return located(rows, config);
}

const located = (rows: { uri: string; ids: string[] }[], config: Config): Located[] =>
  rows.flatMap(({ uri, ids }) => {
    const root = placeOrNone(uri, config);
    return root === undefined ? [] : [{ root, ids }];
  });
