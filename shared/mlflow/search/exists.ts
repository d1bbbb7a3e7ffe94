import { type Sql, sql } from "../../platform/db/sql.ts";

/**
 * Whether a correlated query has rows. As `IS TRUE` it stays a sub-plan, by index or by hash, whichever is cheaper: a
 * bare EXISTS becomes a join, whose order Postgres gets wrong by a factor of 500 while it has no statistics (a filter
 * on 1,000 new runs took 2 s).
 */
export const exists = (query: Sql): Sql => sql`((EXISTS (${query})) IS TRUE)`;

/**
 * The same, looked up by an index for each row that is asked about, and never hashed: right where the outer rows come
 * in order and a page is full after few of them.
 */
export const existsOfRow = (query: Sql): Sql => sql`EXISTS (${query} OFFSET 0)`;
