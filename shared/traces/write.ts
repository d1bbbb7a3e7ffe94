/** What the statements that write a trace have in common. Each has a CTE `trace` of its one row. */
import { lastByKey } from "../mlflow/json-sql.ts";
import type { KeyValue } from "../mlflow/rules.ts";
import type { Db } from "../platform/db/database.ts";
import { empty, raw, type Sql, sql } from "../platform/db/sql.ts";
import { visibleParts } from "./store.ts";
import type { TraceParts } from "./text.ts";

interface Entries {
  tags: readonly KeyValue[];
  metadata: readonly KeyValue[];
}

/**
 * CTEs `tag` and `metadata`, which add to what the trace has. Rows are written in the order of their keys, so that
 * writers of one trace do not wait for each other in a circle.
 * @param more ` UNION ALL` further tags
 */
export const writeEntries = ({ tags, metadata }: Entries, more: Sql = empty): Sql => sql`tag AS (
      INSERT INTO trace_tags (request_id, key, value)
      SELECT trace.request_id, g.key, g.value FROM trace, (
        SELECT key, value FROM json_to_recordset(${JSON.stringify(lastByKey(tags))}::json) AS given(key text, value text)${more}) g
      ORDER BY g.key
      ON CONFLICT (key, request_id) DO UPDATE SET value = excluded.value
      RETURNING key, value
    ), metadata AS (
      INSERT INTO trace_request_metadata (request_id, key, value)
      SELECT trace.request_id, m.key, m.value
      FROM trace, json_to_recordset(${JSON.stringify(lastByKey(metadata))}::json) AS m(key text, value text)
      ORDER BY m.key
      ON CONFLICT (key, request_id) DO UPDATE SET value = excluded.value
      RETURNING key, value
    )`;

/** Parts of trace `t` with what `writeEntries` writes: a statement sees what was there before it. */
export function writtenParts(db: Db): TraceParts {
  const { tags, metadata, assessments } = visibleParts(db);
  return {
    tags: sql`SELECT key, value FROM tag
      UNION ALL SELECT * FROM (${tags}) old WHERE old.key NOT IN (SELECT key FROM tag)`,
    metadata: sql`SELECT key, value FROM metadata
      UNION ALL SELECT * FROM (${metadata}) old WHERE old.key NOT IN (SELECT key FROM metadata)`,
    ...(assessments && { assessments }),
  };
}

/** A column's value as its type. */
export const typed = (column: string, value: unknown): Sql => sql`${value}::${raw(typeOf(column))}`;

const typeOf = (column: string) => (/_cost$/.test(column) ? "float8" : /_ms$|_tokens/.test(column) ? "bigint" : "text");
