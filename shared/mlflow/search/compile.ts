import { empty, join, raw, type Sql, sql } from "../../platform/db/sql.ts";
import { invalid, MlflowError } from "../../platform/errors.ts";
import { shown } from "../../platform/shown.ts";
import { repr } from "../python-text.ts";
import { type Comparison, parseFilter, parseItems, parseOrderBy, requireIdentifier } from "./clauses.ts";
import { searchErrors } from "./errors.ts";
import { checkOrderBySize } from "./limits.ts";
import type { Condition, Ids, Key, Kind, OrderKey, OrderRules, Specification, Walk } from "./specification.ts";
import { keyOf } from "./values.ts";

/**
 * The condition that a filter stands for, TRUE for none. What the caller may see is not in it: each search statement
 * has that beside it.
 * @throws MlflowError INVALID_PARAMETER_VALUE, with MLflow's message
 */
export const filterSql = (specification: Specification, filter: string | undefined): Sql =>
  conditionSql(specification, conditionsOf(specification, filter));

function conditionSql(specification: Specification, conditions: readonly Condition[]): Sql {
  const terms = specification.terms?.(conditions) ?? conditions.map(whereOf);
  return terms.length === 0 ? sql`TRUE` : join(terms, " AND ");
}

/** The comparisons of a filter, for those who put them together themselves. @throws as filterSql */
export const conditionsOf = (specification: Specification, filter: string | undefined): Condition[] =>
  readFilter(specification, filter).map(checked);

export const whereOf = ({ key, operator, value }: Condition): Sql => key.where(operator, value);

/** The same, with the queries by which the rows of a clause can be found. */
export interface Filter {
  where: Sql;
  ids: readonly Ids[];
  /**
   * The clauses that can be asked of an array of ids at once, those first that leave fewest, and the condition that the
   * others are.
   */
  among: readonly ((ids: Sql) => Sql)[];
  others: Sql;
  /** How many there are. */
  clauses: number;
}

/** The same for a search that begins with the rows of a clause if they are few. @throws as filterSql */
export function filterOf(specification: Specification, filter: string | undefined): Filter {
  const conditions = conditionsOf(specification, filter);
  const where = conditionSql(specification, conditions);
  const others = conditions.filter(({ key }) => !key.among);
  return {
    where,
    ids: idsOf(conditions),
    among: [...conditions.filter(isEqual), ...conditions.filter((condition) => !isEqual(condition))].flatMap(
      ({ key: { among }, operator, value }) => (among ? (ids: Sql) => among(operator, value, ids) : []),
    ),
    others: others.length === conditions.length ? where : conditionSql(specification, others),
    clauses: conditions.length,
  };
}

const isEqual = ({ operator }: Condition) => operator === "=";

const idsOf = (conditions: readonly Condition[]): Ids[] =>
  conditions.flatMap(({ key, operator, value }) => key.ids?.(operator, value) ?? []);

/** An ORDER BY list, and the joins that it needs. */
export interface Ordering {
  joins: Sql;
  /** The same joins for a few rows. */
  lookUps: Sql;
  orderBy: Sql;
  /** What it begins with, where an index has that. */
  walk?: Walk & { ascending: boolean };
}

/**
 * The order that the clauses of `order_by` stand for.
 * @throws MlflowError INVALID_PARAMETER_VALUE, with MLflow's message; and for a field named twice
 */
export function orderSql(specification: Specification, orderBy: readonly string[] = []): Ordering {
  checkOrderBySize(orderBy);
  const { order } = specification;
  const asked = orderBy.length > 0 ? orderBy : (order.fallback ?? []);
  return orderingOf(order, asked, (clause) => {
    const { identifier, ascending } = parseOrderBy(clause);
    return { ...(order.key?.(identifier) ?? orderKey(specification, identifier)), ascending };
  });
}

/** The same for clauses of any form. */
export function orderingOf<Clause>(
  { direction, distinct, ties }: OrderRules,
  asked: readonly Clause[],
  read: (clause: Clause) => OrderKey & { ascending: boolean },
): Ordering {
  const seen = new Set<string>();
  const joins: Sql[] = [];
  const lookUps: Sql[] = [];
  const terms: Sql[] = [];
  let first: Ordering["walk"];
  for (const clause of asked) {
    const { field, at, ascending, walk } = read(clause);
    if (distinct && seen.has(field))
      throw new MlflowError(distinct, `\`order_by\` contains duplicate fields: ${shown(repr(asked))}`);
    seen.add(field);
    if (walk && terms.length === 0) first = { ...walk, ascending };
    const { column, before, join: joined, lookUp = joined } = at(raw(`o${joins.length + 1}`));
    if (joined) joins.push(joined);
    if (lookUp) lookUps.push(lookUp);
    if (before) terms.push(before);
    terms.push(direction(column, ascending));
  }
  for (const [field, term] of Object.entries(ties)) if (!seen.has(field)) terms.push(term);
  const all = (parts: Sql[]) => (parts.length === 0 ? empty : join(parts, " "));
  return { joins: all(joins), lookUps: all(lookUps), orderBy: join(terms, ", "), walk: first };
}

function orderKey(specification: Specification, identifier: string): OrderKey {
  const { kind, name } = identify(specification, identifier);
  if (kind.order) return kind.order(name);
  kind.key(name);
  throw specification.order.noOrder?.(kind.names[0] ?? "") ?? invalid(`Invalid order_by entity: ${kind.names[0]}`);
}

function identify({ kinds, split = atDot, unknownKind }: Specification, text: string): { kind: Kind; name: string } {
  const [written, name] = split(text);
  const kind = kinds.find(({ names }) => names.includes(written));
  if (kind) return { kind, name };
  const known = kinds.flatMap(({ names }) => names);
  throw unknownKind?.(written) ?? searchErrors.unknownEntity(written, known);
}

/** `metrics.loss` as its kind and its key without quotes. */
export function atDot(text: string): [kind: string, name: string] {
  const dot = text.indexOf(".");
  return [dot < 0 ? "attribute" : text.slice(0, dot), keyOf(text.slice(dot + 1))];
}

function readFilter(specification: Specification, filter: string | undefined): Condition[] {
  const { wording, stepwise, timestamp } = specification;
  const items = stepwise ? parseItems(filter, wording) : parseFilter(filter, wording, timestamp);
  return items.flatMap((item) => {
    if (item.type === "other") throw invalid(wording.stray([item.text], filter ?? ""));
    return item.type === "comparison" ? [readComparison(specification, item)] : [];
  });
}

function readComparison(specification: Specification, comparison: Comparison): Condition {
  const { stepwise, noNullTests, noNullTest } = specification;
  if (!stepwise) requireIdentifier(comparison);
  const { left, right } = comparison;
  if (right === undefined && noNullTests) throw noNullTests(comparison);
  const { kind, name } = identify(specification, left.text);
  const key = kind.key(name);
  const condition = { kind: kind.names[0] ?? "", name, key, operator: comparison.operator.toUpperCase() };
  if (right === undefined) {
    if (noNullTest && !key.operators.includes(condition.operator)) throw noNullTest(condition.kind, name);
    return { ...condition, value: "" };
  }
  if (stepwise) requireOperator(condition);
  return { ...condition, value: key.read(right, condition.operator) };
}

function requireOperator({ key, operator }: { key: Key; operator: string }): void {
  if (!key.operators.includes(operator)) throw key.refused(operator);
}

function checked(condition: Condition): Condition {
  requireOperator(condition);
  const { key, operator, value } = condition;
  return key.convert ? { ...condition, value: key.convert(value, operator) } : condition;
}
