import type { Sql } from "../../platform/db/sql.ts";

/** A searchable attribute: its column over the aliases r, e, rm, mv and lm. */
export interface Field {
  column: Sql;
  type: "text" | "integer";
}

export type Fields = Readonly<Record<string, Field>>;

export const text = (column: Sql): Field => ({ column, type: "text" });

export const integer = (column: Sql): Field => ({ column, type: "integer" });
