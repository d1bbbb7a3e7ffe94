/** What is known of traces, without their spans (mlflow/store/tracking/sqlalchemy_store.py). */
import { andReadable } from "../access/readable.ts";
import { parseExperimentIds } from "../experiments/rules.ts";
import { objectText } from "../mlflow/json-sql.ts";
import { inScope } from "../mlflow/scope.ts";
import { composed } from "../platform/db/composed.ts";
import type { Db } from "../platform/db/database.ts";
import { type Sql, type Statement, sql } from "../platform/db/sql.ts";
import { traceErrors } from "./errors.ts";
import { mostInfoBytes } from "./rules.ts";
import { storedParts, type TraceParts, traceInfoText, traceInfoV2Text } from "./text.ts";

/** The parts of stored traces that the caller may see. */
export function visibleParts({ scope: { access } }: Db): TraceParts {
  const { tags, metadata } = storedParts;
  return access.isDenied("assessment") ? { tags, metadata } : storedParts;
}

/** `FROM` the traces in scope, of which a condition selects some. */
export const fromTraces = (db: Db) =>
  sql`FROM trace_info t JOIN experiments e USING (experiment_id) WHERE ${inScope(db, "e")}`;

/** ` AND` the condition that trace `t` can be read; nothing where all can. */
const andReadableTrace = (db: Db) =>
  db.scope.access.isDenied("trace") ? sql` AND false` : andReadable(db, sql`t.experiment_id`);

const infoById = composed((db, id) => {
  const info = objectText({ trace: objectText({ trace_info: traceInfoText(visibleParts(db)) }) });
  return sql`SELECT ${info} ${fromTraces(db)} AND t.request_id = ${id}`;
});

/** `{"trace": {"trace_info": ...}}`. */
export async function getTraceInfo(db: Db, id: string): Promise<string> {
  const found = await db.text(infoById(db, id));
  if (found === undefined) throw traceErrors.notFound(id);
  return found;
}

/** `{"trace_info": ...}` of version 2. */
export async function getTraceInfoV2(db: Db, id: string): Promise<string> {
  const info = objectText({ trace_info: traceInfoV2Text() });
  const found = await db.text(sql`SELECT ${info} ${fromTraces(db)} AND t.request_id = ${id}`);
  if (found === undefined) throw traceErrors.notFound(id);
  return found;
}

/** A statement about the traces of some ids that can be read, in some experiments or, without these, anywhere. */
export function composedByIds(compose: (db: Db, which: Sql) => Sql) {
  const readable = (db: Db, ids: unknown) => sql` AND t.request_id = ANY(${ids}::text[])${andReadableTrace(db)}`;
  const anywhere = composed((db, ids) => compose(db, readable(db, ids)));
  const inside = composed((db, ids, experiments) =>
    compose(db, sql`${readable(db, ids)} AND t.experiment_id = ANY(${experiments}::int[])`),
  );
  return (db: Db, ids: readonly string[], experimentIds: readonly string[] | undefined): Statement =>
    experimentIds ? inside(db, ids, parseExperimentIds(experimentIds)) : anywhere(db, ids);
}

const infosByIds = composedByIds(
  (db, which) => sql`
    SELECT id, CASE WHEN bytes <= ${mostInfoBytes} THEN info ELSE '' END AS info, bytes FROM (
      SELECT *, sum(octet_length(info)) OVER () AS bytes FROM (
        SELECT t.request_id AS id, ${traceInfoText(visibleParts(db))} AS info ${fromTraces(db)}${which}) t) t`,
);

/** Ids each once, where they were named last: so MLflow orders what it was asked for. */
export const inOrder = (ids: readonly string[]): string[] => [...new Set(ids.toReversed())].toReversed();

/** Rows in the order of the ids. Sorting by a place in an array takes Postgres the square of the time. */
export function sortedBy<T extends { id: string }>(ids: readonly string[], rows: readonly T[]): T[] {
  const place = new Map(ids.map((id, index) => [id, index]));
  return rows.toSorted((one, other) => place.get(one.id)! - place.get(other.id)!);
}

/**
 * `{"trace_infos": [...]}` in the order of the ids; unknown ones are left out, and those that may not be read.
 * @param experimentIds where traces have to lie, undefined for anywhere
 * @throws INVALID_PARAMETER_VALUE for more than an answer holds
 */
export async function getTraceInfos(
  db: Db,
  ids: readonly string[],
  experimentIds: readonly string[] | undefined,
): Promise<string> {
  const wanted = inOrder(ids);
  const rows = await db.query<{ id: string; info: string; bytes: string }>(infosByIds(db, wanted, experimentIds));
  const bytes = Number(rows[0]?.bytes ?? 0);
  if (bytes > mostInfoBytes) throw traceErrors.tooMuchAsked(mostInfoBytes, bytes);
  const infos = sortedBy(wanted, rows).map(({ info }) => info);
  return infos.length === 0 ? "{}" : `{"trace_infos":[${infos.join()}]}`;
}
