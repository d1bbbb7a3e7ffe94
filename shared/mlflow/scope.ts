import type { Db } from "../platform/db/database.ts";
import { raw, type Sql, sql } from "../platform/db/sql.ts";

/**
 * The condition that a row is in the scope of `db`, for a table that has a column `workspace`. What else a caller may
 * see is decided here, for all stores.
 * @param alias of the table, where its statement needs one
 */
export const inScope = ({ scope }: Db, alias?: string): Sql =>
  sql`${raw(alias === undefined ? "workspace" : `${alias}.workspace`)} = ${scope.workspace}`;
