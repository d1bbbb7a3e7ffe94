import type { Sql } from "../../platform/db/sql.ts";
import type { ErrorCode, MlflowError } from "../../platform/errors.ts";
import type { Comparison, Operand, Refusals } from "./clauses.ts";
import type { Value } from "./values.ts";

/**
 * What can be searched of an entity, and in which words the rest is refused. compile.ts turns filters and orders into
 * SQL by it. What the caller may see is no part of it.
 */
export interface Specification {
  kinds: readonly Kind[];
  /** The refusal of any other kind; by default it lists the names of all. */
  unknownKind?: (name: string) => MlflowError;
  /** Takes an identifier apart; by default at the first dot, without the quotes of the key, and is an `attribute`. */
  split?: (identifier: string) => [kind: string, name: string];
  /** How a filter is refused that is no list of comparisons. */
  wording: Refusals;
  /** The refusal of IS NULL and IS NOT NULL, where the search has neither. */
  noNullTests?: (comparison: Comparison) => MlflowError;
  /** The refusal of these for a key that lacks them; by default that of other operators. */
  noNullTest?: (kind: string, name: string) => MlflowError;
  /** The keyword `timestamp` needs no `attributes.` before it: in traces only. */
  timestamp?: boolean;
  /** Each comparison is checked whole before the next is read, whatever its left side is: in logged models only. */
  stepwise?: boolean;
  /** The terms of a filter, where they are not one for each comparison (joined rows, rows left out by default). */
  terms?: (conditions: readonly Condition[]) => Sql[];
  order: OrderRules;
}

/** A kind of identifier, such as metrics. The functions throw an MlflowError for a key that there is not. */
export interface Kind {
  /** What stands before the dot; conditions and messages have the first. */
  names: readonly string[];
  key: (name: string) => Key;
  /** The same in order_by, where rows can be ordered by it. */
  order?: (name: string) => OrderKey;
}

/** How a comparison with one key is read, checked and written in SQL, in this order. Operators are in upper case. */
export interface Key {
  /** What it is compared with. @throws MlflowError for a right side of another type */
  read: (right: Operand, operator: string) => Value;
  operators: readonly string[];
  /** The refusal of other operators. */
  refused: (operator: string) => MlflowError;
  /** The value in the column's terms; throws what is refused only once the whole filter is read. */
  convert?: (value: Value, operator: string) => Value;
  /** The condition; the value is "" for IS NULL and IS NOT NULL. */
  where: (operator: string, value: Value) => Sql;
  /** The ids for which the condition holds, where an index finds them. The caller may cut the query short. */
  ids?: (operator: string, value: Value) => Ids | undefined;
  /** The same for all of an array of ids at once: a query of those for which the condition holds, named `id`. */
  among?: (operator: string, value: Value, ids: Sql) => Sql;
  /** What the condition is about where it is no row of the entity: `terms` puts those of one row together. */
  row?: string;
}

/** A query of ids, named `id`. */
export interface Ids {
  query: Sql;
  /** The index that it needs, where not every database has it: by another way it would take too long. */
  index?: string;
}

/** A comparison of a filter, read and checked. */
export interface Condition {
  kind: string;
  name: string;
  key: Key;
  operator: string;
  value: Value;
}

/** What rows can be ordered by. */
export interface OrderKey {
  /** Tells it from others however it is written: its column, or the table and the key in it. */
  field: string;
  /**
   * Its column, what comes before it in the order, and the join for both, which adds no rows and is named `alias`.
   * `lookUp` is the same join row by row, for a few rows: by default Postgres chooses.
   */
  at: (alias: Sql) => { column: Sql; before?: Sql; join?: Sql; lookUp?: Sql };
  /** Where an index has the rows of another table in this order. */
  walk?: Walk;
}

/** Rows of another table in the order of an index: those that come first, before all that have no such row. */
export interface Walk {
  /** What follows FROM: they are `k`, and it ends in a condition. */
  rows: Sql;
  column: Sql;
  /** The id in them of the entity's row. */
  id: Sql;
  index: string;
  /** Whether there are others, which the index does not have: then the order can't be had from it. */
  others?: Sql;
}

export interface OrderRules {
  /** What an identifier stands for, where it is not read as in filters. */
  key?: (identifier: string) => OrderKey;
  /** The refusal of a kind without an order; by default `Invalid order_by entity: tag`. */
  noOrder?: (kind: string) => MlflowError;
  /** The order where none is asked for. */
  fallback?: readonly string[];
  /** `column` with its direction, and the place of nulls. */
  direction: (column: Sql, ascending: boolean) => Sql;
  /** A field can be named only once: the code of its refusal otherwise. MLflow's status is 500. */
  distinct?: ErrorCode;
  /** What follows, by field; it is left out where its field is in the order already. */
  ties: Readonly<Record<string, Sql>>;
}
