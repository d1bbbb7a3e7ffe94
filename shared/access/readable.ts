/** The conditions by which a search shows only what its caller may read. */
import type { Db } from "../platform/db/database.ts";
import { empty, type Sql, sql } from "../platform/db/sql.ts";
import type { Reach } from "../platform/identity/access.ts";
import type { SubType } from "./rules.ts";

/**
 * ` AND` the condition that an experiment can be read; nothing where all of them can.
 * @param id the experiment's id in the statement, an integer
 */
export function andReadable({ scope: { access } }: Db, id: Sql): Sql {
  const reach = access.reach("experiment");
  const ids = (all: readonly string[]) =>
    sql`${all.filter((each) => /^\d{1,10}$/.test(each) && Number(each) <= largestInt)}::int[]`;
  if ("all" in reach) return empty;
  return "only" in reach ? sql` AND ${id} = ANY(${ids(reach.only)})` : sql` AND ${id} <> ALL(${ids(reach.except)})`;
}

/** An expression that names a run or a logged model; NULL where its type is denied. */
export const unlessDenied = ({ scope: { access } }: Db, type: "run" | "logged_model", named: Sql): Sql =>
  access.isDenied(type) ? sql`NULL` : named;

/** ` AND` the condition that versions of a registered model or prompt are not denied; nothing where none are. */
export function andVersions({ scope: { access } }: Db, isPrompt: Sql): Sql {
  const [ofModels, ofPrompts] = [access.isDenied("registered_model_version"), access.isDenied("prompt_version")];
  if (ofModels && ofPrompts) return sql` AND false`;
  if (ofModels) return sql` AND ${isPrompt}`;
  return ofPrompts ? sql` AND NOT ${isPrompt}` : empty;
}

const largestInt = 2 ** 31 - 1;

/** Those of some experiments that can be read, and what of some types lies in them. */
export function readableExperiments(
  { scope: { access } }: Db,
  ids: readonly string[],
  ...inside: SubType[]
): readonly string[] {
  if (inside.some((type) => access.isDenied(type))) return [];
  return access.readsAll("experiment") ? ids : ids.filter((id) => access.may("read", { type: "experiment", id }));
}

/**
 * ` AND` the condition that a registered model or prompt can be read, and its versions where asked for; nothing where
 * all of them can.
 * @param name its name in the statement
 * @param isPrompt whether it is a prompt, in the statement
 */
export function andReadableModel({ scope: { access } }: Db, name: Sql, isPrompt: Sql, of?: "versions"): Sql {
  const reachOf = (type: "registered_model" | "prompt"): Reach =>
    of && access.isDenied(`${type}_version`) ? { only: [] } : access.reach(type);
  const [models, prompts] = [reachOf("registered_model"), reachOf("prompt")];
  if ("all" in models && "all" in prompts) return empty;
  if (!("only" in models && "only" in prompts))
    return sql` AND CASE WHEN ${isPrompt} THEN ${among(name, prompts)} ELSE ${among(name, models)} END`;
  // An index finds these; what CASE decides has to be asked of every model. Where no grant names one of the two kinds,
  // as is usual, the statement is shorter by that.
  const named = [...models.only, ...prompts.only];
  if (named.length === 0) return sql` AND false`;
  const listed = sql` AND ${name} = ANY(${named}::text[])`;
  if (prompts.only.length === 0) return sql`${listed} AND NOT ${isPrompt}`;
  if (models.only.length === 0) return sql`${listed} AND ${isPrompt}`;
  return sql`${listed} AND CASE WHEN ${isPrompt} THEN ${among(name, prompts)} ELSE ${among(name, models)} END`;
}

function among(name: Sql, reach: Reach): Sql {
  if ("all" in reach) return sql`true`;
  return "only" in reach ? sql`${name} = ANY(${reach.only}::text[])` : sql`${name} <> ALL(${reach.except}::text[])`;
}
