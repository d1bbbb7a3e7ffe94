import type { Sql } from "sql-template-tag";

/** What is sent: a text with `$1` and so on, and their values. */
export type Statement = Pick<Sql, "text" | "values">;

export { default as sql, empty, join, raw, Sql } from "sql-template-tag";
