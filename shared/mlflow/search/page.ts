/** The rows of one page of a search, found the way that takes least time however large the table is. */
import { empty, join, raw, type Sql, sql } from "../../platform/db/sql.ts";
import { isOneOf } from "../json-sql.ts";
import type { Filter, Ordering } from "./compile.ts";
import type { Ids } from "./specification.ts";

export interface PageSearch extends Ordering {
  /** The table under its alias, the alias, and the column of the ids. */
  table: Sql;
  alias: Sql;
  id: Sql;
  /** What is searched: experiments, stages, whatever the filter. */
  scope: Sql;
  /** A query of the scope's rows by an index; left out where nothing needs to know how many there are. */
  scopeByIndex?: Sql;
  /** The scope had few rows a moment ago: each of them is looked at, by a plan that takes less time to begin. */
  isSmall?: boolean;
  /** No index has the scope's rows in an order, so that for a page all of them are read and sorted. */
  sorted?: boolean;
  /**
   * `little` looks no farther than is soon done, after which the page may be cut short; `wide` then looks for more ids
   * than are worth it elsewhere.
   */
  effort?: "little" | "wide";
  /** An index has the scope's rows in the page's order. */
  inOrder?: boolean;
  /** An index has those of each part of the scope in the page's order. */
  parts?: Parts;
  filter: Filter;
  limit: number;
  offset: number;
}

interface Parts {
  /** A row for each. */
  from: Sql;
  /** The rows of one. */
  scope: Sql;
}

/** Rows of a scope that are read in less time than it takes to choose another way. */
const small = 1000;
const mostProbes = 3;

/** Ids of a clause that are read rather than looked for among those of the others. */
const few = 1000;

interface Limits {
  /**
   * Ids whose rows are read one by one in less time than a large scope's rows are met, where these are the page, and
   * where others of the filter leave out more of them.
   */
  byOne: number;
  byOneOfMore: number;
  /** Ids that are worth looking for in a large scope, beside looking at each row of it. */
  most: number;
  /** Rows of an index that are walked in less time than a large scope is sorted. */
  walk: number;
}

const usual: Limits = { byOne: few, byOneOfMore: 5000, most: 10_000, walk: 20_000 };
/** Where a whole scope would take longer still. */
const wide: Limits = { byOne: 50_000, byOneOfMore: 50_000, most: 50_000, walk: 50_000 };
const limitsOf = ({ effort }: PageSearch) => (effort === "wide" ? wide : usual);

/**
 * Rows of a scope that are soon looked at, one by one in the page's order, and to be sorted. What one in a hundred has
 * fills a usual page by then.
 */
const soonLookedAt = 12_000;
const soonSorted = 20_000;

/** A number that Postgres plans by. Of a parameter it knows nothing, and would plan each page anew. */
const literal = (number: number) => raw(String(number));

interface Page {
  ctes: Sql;
  /** A query of the page's rows and one more where there are more. */
  page: Sql;
  /** Whether the scope has more rows than a small one, where that is asked. */
  isLarge?: Sql;
  /** Whether more of the scope's rows may belong to a page that is not full, of a search of little effort. */
  isCut?: Sql;
}

/**
 * A page's query with the CTEs that it needs.
 *
 * How many rows a clause names Postgres doesn't know before it has looked, and a prepared statement's plan is made for
 * any value. So the statement looks itself, up to a limit, and takes one of these ways:
 * - `ids`: a clause names few rows, which are read and sorted;
 * - `among`: it names some, which are looked for among the scope's rows in the page's order;
 * - `walk`: the order begins with a value that an index has, which is walked until the page is full;
 * - `scope`: the scope's rows are met in the page's order until it is full, or all of them are sorted.
 */
export function pageOf(search: PageSearch): Page {
  const { table, walk, scopeByIndex, isSmall, parts } = search;
  if (isSmall) return pageOfFew(search);
  const ways = [...waysByIds(search), ...(walk ? [wayByWalk(search, walk)] : [])];
  if (ways.length === 0) {
    const rows = parts ? byParts(search, parts) : { search, from: table };
    return { ctes: empty, page: rowsOf(rows.search, rows.from, sql`TRUE`) };
  }
  const large = scopeByIndex ? [sql`large AS MATERIALIZED (${scopeByIndex} OFFSET ${literal(small)} LIMIT 1)`] : [];
  const chosen = ways.map(({ name, when }) => sql`WHEN ${when} THEN ${raw(`'${name}'`)}`);
  const way = sql`way AS MATERIALIZED (SELECT CASE ${join(chosen, " ")} ELSE 'scope' END AS taken)`;
  const ctes = [...large, ...ways.flatMap(({ ctes }) => ctes), way];
  const pages = [...ways.map(({ name, rows }) => taking(name, rows)), taking("scope", inScope(search))];
  const longer = mayBeCut(search)
    ? [sql`longer AS MATERIALIZED (${scopeByIndex} OFFSET ${literal(soon(search))} LIMIT 1)`]
    : [];
  // Postgres expects rows of each way; with the limit it sees what they cost together.
  const page = sql`${join(pages, " UNION ALL ")} LIMIT ${literal(search.limit + 1)}`;
  return {
    ctes: sql`WITH ${join([...ctes, ...longer], ", ")} `,
    page,
    isLarge: scopeByIndex && sql`EXISTS (SELECT FROM large)`,
    ...(mayBeCut(search) && { isCut: sql`(SELECT taken IN ('among', 'scope') FROM way) AND ${isLonger}` }),
  };
}

const mayBeCut = ({ effort }: PageSearch) => effort === "little";
const soon = ({ inOrder }: PageSearch) => (inOrder ? soonLookedAt : soonSorted);
const isLonger = sql`EXISTS (SELECT FROM longer)`;

/**
 * The rows of a small scope. A page in the order of time is full after a few of them, each of which is asked about;
 * another order needs all: then each clause is asked of all ids that the one before has left. Of ids that lie close to
 * each other in an index PostgreSQL 17 reads a page of the index once; before, and in a large table, it looks up each.
 */
function pageOfFew(search: PageSearch): Page {
  const { table, alias, id, scope, filter, joins, sorted } = search;
  const isAnyOrder = sorted || joins !== empty;
  if (filter.among.length === 0 || !isAnyOrder)
    return { ctes: empty, page: rowsOf(rowByRow(search), table, sql`TRUE`) };
  const left = (at: number) => raw(`left${at}`);
  const idsOf = (at: number) => sql`SELECT ${at === 0 ? id : raw("id")} FROM ${left(at)}`;
  const ctes = [
    sql`left0 AS MATERIALIZED (SELECT ${alias}.* FROM ${table} WHERE ${scope} AND ${filter.others})`,
    ...filter.among.map((of, at) => sql`${left(at + 1)} AS MATERIALIZED (${of(sql`ARRAY(${idsOf(at)})`)})`),
  ];
  const isLeft = sql`(${alias}.${id} IN (${idsOf(filter.among.length)})) IS TRUE`;
  const all = { ...search, joins: search.lookUps, scope: isLeft, filter: { ...filter, where: sql`TRUE` } };
  return { ctes: sql`WITH ${join(ctes, ", ")} `, page: rowsOf(all, sql`left0 ${alias}`, sql`TRUE`) };
}

interface Way {
  name: "ids" | "among" | "walk";
  ctes: readonly Sql[];
  /** Asked in the order of the ways, until one is taken. */
  when: Sql;
  rows: Rows;
}

interface Rows {
  search: PageSearch;
  from: Sql;
  also?: Sql;
}

function waysByIds(search: PageSearch): Way[] {
  const { filter, sorted } = search;
  const probes = filter.ids.slice(0, mostProbes);
  if (probes.length === 0) return [];
  const { byOne, byOneOfMore, most } = limitsOf(search);
  const readByOne = sorted ? most : filter.clauses > 1 ? byOneOfMore : byOne;
  const isFew = sql`${isNamed} AND (SELECT count(*) FROM named) <= ${literal(readByOne)}`;
  return [
    { name: "ids", ctes: namedBy(probes, most), when: isFew, rows: byId(search, "named") },
    { name: "among", ctes: [], when: isNamed, rows: inScope(search, among(search)) },
  ];
}

const isNamed = sql`EXISTS (SELECT FROM chosen)`;

/**
 * The ids of the first clause that names few enough. Where these are many, those alone that the clauses after it name
 * too.
 */
function namedBy(probes: readonly Ids[], most: number): Sql[] {
  const of = (at: number) => raw(`named${at + 1}`);
  const counted = probes.map(({ query }, at) => sql`${of(at)} AS MATERIALIZED (${query} LIMIT ${literal(most + 1)})`);
  const may = ({ index }: Ids) => (index ? sql`${needs(index)} AND ` : empty);
  const first = probes.map(
    (probe, at) => sql`SELECT ${literal(at + 1)} AS probe, count(*) AS found FROM ${of(at)}
      HAVING ${may(probe)}count(*) <= ${literal(most)}`,
  );
  const chosen = sql`chosen AS MATERIALIZED (${join(first, " UNION ALL ")} LIMIT 1)`;
  const rows = probes.map((_, at) => sql`SELECT id FROM ${of(at)} WHERE ${isChosen(at)}`);
  const others = probes.slice(1).map(
    (probe, at) => sql`CASE WHEN (SELECT probe <= ${literal(at + 1)} AND found > ${literal(few)} FROM chosen)
        AND ${may(probe)}(SELECT count(*) FROM ${of(at + 1)}) <= ${literal(most)}
      THEN id IN (SELECT id FROM ${of(at + 1)}) ELSE TRUE END`,
  );
  const also = others.length > 0 ? sql` WHERE ${join(others, " AND ")}` : empty;
  const named = sql`named AS MATERIALIZED (SELECT DISTINCT id FROM (${join(rows, " UNION ALL ")}) n${also})`;
  return [...counted, chosen, named];
}

const isChosen = (at: number) => sql`(SELECT probe FROM chosen) = ${literal(at + 1)}`;

/** As IS TRUE it stays a hashed sub-plan, which is asked row by row. */
const among = ({ alias, id }: PageSearch) => sql`(${alias}.${id} IN (SELECT id FROM named)) IS TRUE`;

const needs = (index: string) => sql`EXISTS (SELECT FROM large) AND ${isThere(index)}`;

const isThere = (index: string) =>
  sql`EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(${raw(`'${index}'`)}) AND indisvalid)`;

type Walked = NonNullable<Ordering["walk"]>;

function wayByWalk(search: PageSearch, walk: Walked): Way {
  const mayWalk = sql`CASE WHEN ${search.filter.ids.length > 0 ? isNamed : sql`FALSE`} THEN FALSE ELSE ${canWalk(walk)} END`;
  const ctes = [
    sql`may_walk AS MATERIALIZED (SELECT ${mayWalk} AS yes)`,
    sql`edge AS MATERIALIZED (${edgeOf(search, walk)})`,
    sql`walked AS MATERIALIZED (${walkedTo(walk, limitsOf(search))})`,
  ];
  const isShort = sql`(SELECT count(*) FROM walked) BETWEEN 1 AND ${literal(limitsOf(search).walk)}`;
  return { name: "walk", ctes, when: isShort, rows: byId(search, "walked") };
}

const canWalk = ({ index, others }: Walked) => sql`${needs(index)}${others ? sql` AND NOT EXISTS (${others})` : empty}`;

const direction = ({ ascending }: Walked) => (ascending ? sql`ASC` : sql`DESC`);

/** The value at the page's end, none where the walk does not get there. */
function edgeOf(search: PageSearch, walk: Walked): Sql {
  const { table, alias, id, scope, filter, limit, offset } = search;
  return sql`SELECT k.value FROM (SELECT ${walk.id} AS id, ${walk.column} AS value FROM ${walk.rows}
      AND (SELECT yes FROM may_walk) ORDER BY ${walk.column} ${direction(walk)} LIMIT ${literal(limitsOf(search).walk)}) k,
    LATERAL (SELECT * FROM ${table} WHERE ${alias}.${id} = k.id OFFSET 0) ${alias}
    WHERE ${scope} AND ${filter.where}
    ORDER BY k.value ${direction(walk)} OFFSET ${offset + limit} LIMIT 1`;
}

/** All rows up to there, those that are equal to it among them: one more than a walk may have where those are many. */
const walkedTo = (walk: Walked, limits: Limits) =>
  sql`SELECT ${walk.id} AS id FROM ${walk.rows}
    AND EXISTS (SELECT FROM edge) AND ${walk.column} ${walk.ascending ? sql`<=` : sql`>=`} (SELECT value FROM edge)
    ORDER BY ${walk.column} ${direction(walk)} LIMIT ${literal(limits.walk + 1)}`;

/** What a filter leaves is looked up row by row, what all of a scope has by whatever join Postgres takes for best. */
const rowByRow = (search: PageSearch): PageSearch =>
  search.filter.clauses > 0 ? { ...search, joins: search.lookUps } : search;

function inScope(search: PageSearch, also?: Sql): Rows {
  const { table, alias, scope, orderBy, inOrder, parts } = search;
  const rows = rowByRow(search);
  if (!inOrder) {
    const all = parts ? byParts(rows, parts, also) : { search: rows, from: table, also };
    return mayBeCut(search)
      ? { ...all, also: all.also ? sql`NOT ${isLonger} AND ${all.also}` : sql`NOT ${isLonger}` }
      : all;
  }
  if (!mayBeCut(search)) return { search: rows, from: table, also };
  const first = sql`SELECT * FROM ${table} WHERE ${scope} ORDER BY ${orderBy} LIMIT ${literal(soonLookedAt)}`;
  return { search: rows, from: sql`(${first}) ${alias}`, also };
}

/** As many rows of each part as the page may need, which are then in its order. */
function byParts(search: PageSearch, { from, scope }: Parts, also?: Sql): Rows {
  const { table, alias, filter, orderBy, offset, limit } = search;
  const first = sql`SELECT ${alias}.* FROM ${table} WHERE ${scope} AND ${filter.where}${also ? sql` AND ${also}` : empty}
    ORDER BY ${orderBy} LIMIT ${offset + limit + 1}`;
  const found = { ...search, scope: sql`TRUE`, filter: { ...filter, where: sql`TRUE` } };
  return { search: found, from: sql`${from}, LATERAL (${first}) ${alias}` };
}

/** OFFSET keeps Postgres from reading all of the table instead. */
const byId = (search: PageSearch, ids: "named" | "walked"): Rows => {
  const { table, alias, id, lookUps } = search;
  const from = sql`${raw(ids)} n, LATERAL (SELECT * FROM ${table} WHERE ${alias}.${id} = n.id OFFSET 0) ${alias}`;
  return { search: { ...search, joins: lookUps }, from };
};

/** What refers to `way` is not even begun where that is another. */
const taking = (way: Way["name"] | "scope", { search, from, also }: Rows): Sql => {
  const taken = sql`way.taken = ${raw(`'${way}'`)}`;
  return sql`SELECT p.* FROM way, LATERAL (${rowsOf(search, from, also ? sql`${taken} AND ${also}` : taken)}) p`;
};

const rowsOf = ({ alias, scope, filter, joins, orderBy, offset, limit }: PageSearch, from: Sql, when: Sql): Sql =>
  sql`SELECT ${alias}.* FROM ${from} ${joins} WHERE ${when} AND ${scope} AND ${filter.where}
    ORDER BY ${orderBy} ${offset > 0 ? sql`OFFSET ${offset} ` : empty}LIMIT ${literal(limit + 1)}`;

/**
 * Whether a row lies in an experiment. Its id is hidden in a sub-select: of a plan for a small one Postgres would
 * expect less than of that for any, and plan each search anew, which takes longer than the search.
 */
export const inExperiment = (column: Sql, id: unknown): Sql => sql`${column} = (SELECT ${id}::int)`;

/** The same for several. */
export const inExperiments = (column: Sql, ids: readonly string[]): Sql =>
  ids.length === 1 ? inExperiment(column, ids[0]) : isOneOf(column, ids, sql`int`);
