import { reprSet } from "../mlflow/python-text.ts";
import { refusals } from "../mlflow/search/clauses.ts";
import { atDot, conditionsOf, type Filter, filterOf, whereOf } from "../mlflow/search/compile.ts";
import { searchErrors } from "../mlflow/search/errors.ts";
import { nullsHighest, nullsLast } from "../mlflow/search/keys.ts";
import type { Condition, Key, Kind, OrderKey, Specification } from "../mlflow/search/specification.ts";
import * as values from "../mlflow/search/values.ts";
import { join, type Sql, sql } from "../platform/db/sql.ts";
import { denied } from "../platform/errors.ts";
import type { Access } from "../platform/identity/access.ts";
import { linkedPromptsTag, sourceRunKey, traceNameTag } from "./keys.ts";
import * as own from "./search-keys.ts";
import * as rows from "./search-rows.ts";

/** Where a filter of traces looks, and for whom. */
export interface TraceScope {
  /** The experiments that are searched, as numbers in decimal: they bound how far a session's assessments reach. */
  experimentIds: readonly string[];
  access: Access;
}

/**
 * The condition on `trace_info t` that a filter of traces stands for, TRUE for none. It is all of the filter, and none
 * of its scope: the caller adds the condition on the experiments, and its own alias has to be `t`.
 * @throws MlflowError INVALID_PARAMETER_VALUE with MLflow's message; PERMISSION_DENIED for a filter on assessments
 *   where the caller may not read any
 */
export const traceFilterSql = (scope: TraceScope, filter: string | undefined): Sql => traceFilter(scope, filter).where;

/** The same for a search, which begins with those that a clause names if they are few. @throws as traceFilterSql */
export const traceFilter = (scope: TraceScope, filter: string | undefined): Filter =>
  filterOf(traceSearch(scope), filter);

/** Whether it looks into texts, which may take long. @throws as traceFilterSql */
export const looksIntoTexts = (scope: TraceScope, filter: string | undefined): boolean =>
  conditionsOf(traceSearch(scope), filter).some(({ key, operator }) => key.row === "span" || operator.endsWith("LIKE"));

/** These names mean the same whatever stands before their dot, but in spans. */
const elsewhere: Readonly<Record<string, Key>> = {
  name: own.tag(traceNameTag),
  prompt: own.tag(linkedPromptsTag),
  run_id: own.metadata(sourceRunKey),
  text: rows.span("content"),
};

const ordersElsewhere: Readonly<Record<string, OrderKey>> = {
  name: own.tagOrder(traceNameTag),
  prompt: own.tagOrder(linkedPromptsTag),
  run_id: own.metadataOrder(sourceRunKey),
};

const among = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name.toLowerCase()) ? record[name.toLowerCase()] : undefined;

/** The value is read as the written kind has it, even where the name means something else. */
const renamed =
  (keyOf: (name: string) => Key): Kind["key"] =>
  (name) => {
    const key = keyOf(own.columnOf(name));
    const other = among(elsewhere, name);
    return other ? { ...other, read: key.read } : key;
  };

const renamedOrder =
  (kind: string, keyOf: ((name: string) => OrderKey) | undefined): NonNullable<Kind["order"]> =>
  (name) => {
    const other = among(ordersElsewhere, name);
    if (other) return other;
    if (among(elsewhere, name)) throw searchErrors.notOrdered("span");
    if (!keyOf) throw searchErrors.notOrdered(kind);
    return keyOf(own.columnOf(name));
  };

/**
 * Traces, over `trace_info t`, newest first unless asked otherwise (SearchTraceUtils of mlflow/utils/search_utils.py;
 * _get_filter_clauses_for_search_traces and _get_orderby_clauses_for_search_traces of
 * mlflow/store/tracking/sqlalchemy_store.py).
 */
export function traceSearch({ experimentIds, access }: TraceScope): Specification {
  const assessed =
    (keyOf: (name: string) => Key): Kind["key"] =>
    (name) => {
      if (access.isDenied("assessment")) throw denied();
      return renamed(keyOf)(name);
    };
  const kinds: Kind[] = [
    { names: ["attribute", "attributes", "trace"], key: attributeKey, order: attributeOrder(experimentIds) },
    { names: ["tag", "tags"], key: renamed(own.tag), order: renamedOrder("tag", own.tagOrder) },
    {
      names: ["request_metadata", "metadata"],
      key: renamed(own.metadata),
      order: renamedOrder("request_metadata", own.metadataOrder),
    },
    { names: ["span"], key: rows.span },
    ...(["feedback", "expectation"] as const).map((type) => ({
      names: [type],
      key: assessed((name) => rows.assessment(type, name, experimentIds)),
      order: renamedOrder(type, undefined),
    })),
    { names: ["issue"], key: assessed(rows.issue), order: renamedOrder("issue", undefined) },
  ];
  return {
    kinds,
    timestamp: true,
    wording: refusals((clause) => `'${clause}'`),
    unknownKind: (name) => searchErrors.unknownKind(name, reprSet(kinds.flatMap(({ names }) => names))),
    // Backticks also go from around the kind.
    split: (identifier) => {
      const [kind, name] = atDot(identifier);
      return [values.withoutBackticks(kind), name];
    },
    terms,
    order: {
      noOrder: searchErrors.notOrdered,
      direction: (column, ascending) => (own.isNeverNull(column) ? nullsHighest : nullsLast)(column, ascending),
      distinct: "INVALID_PARAMETER_VALUE",
      ties: { "t.timestamp_ms": sql`t.timestamp_ms DESC`, "t.request_id": sql`t.request_id` },
    },
  };
}

function attributeKey(name: string): Key {
  const key = own.attribute(name);
  const other = among(elsewhere, name);
  return other ? { ...other, read: key.read } : key;
}

const attributeOrder =
  (experimentIds: readonly string[]) =>
  (name: string): OrderKey => {
    const order = own.attributeOrder(name, experimentIds);
    return among(ordersElsewhere, name) ?? order;
  };

/** Clock skew between a trace and its spans, in milliseconds. */
const tolerance = 10_000n;

/** All clauses about spans have to hold for one span, which did not begin long before the traces that are searched. */
function terms(conditions: readonly Condition[]): Sql[] {
  const ofSpans = conditions.filter(({ key }) => key.row === "span");
  const others = conditions.filter(({ key }) => key.row !== "span").map(whereOf);
  if (ofSpans.length === 0) return others;
  const since = earliest(conditions);
  const begun =
    since === undefined ? [] : [values.compare(sql`s.start_time_unix_nano`, ">=", (since - tolerance) * 1_000_000n)];
  const matches = join([sql`s.experiment_id = t.experiment_id`, ...begun, ...ofSpans.map(whereOf)], " AND ");
  // Only the trace's id may lead to an index: without statistics Postgres would read a type's spans for each trace.
  return [
    ...others,
    sql`EXISTS (SELECT FROM (SELECT * FROM spans WHERE trace_id = t.request_id OFFSET 0) s WHERE ${matches})`,
  ];
}

/** The latest of the times after which traces have to begin, in milliseconds. */
function earliest(conditions: readonly Condition[]): bigint | undefined {
  const bounds = conditions
    .filter(
      ({ kind, name, operator }) =>
        kind === "attribute" && own.columnOf(name) === "timestamp_ms" && /^>=?$/.test(operator),
    )
    .map(({ value }) => (typeof value === "number" ? BigInt(Math.floor(value)) : (value as bigint)));
  return bounds.reduce<bigint | undefined>(
    (latest, bound) => (latest === undefined || bound > latest ? bound : latest),
    undefined,
  );
}
