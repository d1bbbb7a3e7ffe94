import type { ClientBase } from "pg";

interface Column {
  name: string;
  type: string;
  nullable: boolean;
  default?: string;
  generated?: string;
  identity?: "ALWAYS" | "BY DEFAULT";
  collation?: string;
}

interface Table {
  columns: Column[];
  constraints: Record<string, string>;
  indexes: Record<string, string>;
  triggers: Record<string, string>;
}

/** What makes a database MLflow's: everything of its schema but the text of functions and what is ours (`mlfn_`). */
export interface Catalogue {
  tables: Record<string, Table>;
  sequences: Record<string, string>;
  functions: Record<string, string>;
  /** Every row of every table, times masked. */
  rows: Record<string, object[]>;
}

/** Reads the catalogue of the current schema; it is the same on every version of Postgres. */
export async function readCatalogue(client: ClientBase): Promise<Catalogue> {
  const { rows } = await client.query<{ catalogue: Omit<Catalogue, "rows"> }>(catalogueQuery);
  const { tables, sequences, functions } = rows[0]!.catalogue;
  return { tables, sequences, functions, rows: await readRows(client, Object.keys(tables)) };
}

/** Our own indexes, and our own tables with what they hold. */
export async function readOwn(client: ClientBase): Promise<{ indexes: string[]; tables: string[] }> {
  const { rows } = await client.query<{ indexes: string[]; tables: string[] }>(`
    SELECT array(SELECT indexname::text FROM pg_indexes WHERE indexname LIKE 'mlfn\\_%' ORDER BY 1) AS indexes,
      array(SELECT tablename::text FROM pg_tables WHERE schemaname LIKE 'mlflow\\_functions%' ORDER BY 1) AS tables`);
  return rows[0]!;
}

// Since version 18 Postgres lists NOT NULL as constraints too (contype n); the columns say it already.
const catalogueQuery = `
  WITH here AS (SELECT oid FROM pg_namespace WHERE nspname = current_schema()),
  relation AS (SELECT c.* FROM pg_class c JOIN here ON c.relnamespace = here.oid)
  SELECT json_build_object(
    'tables', (SELECT coalesce(json_object_agg(t.relname, json_build_object(
        'columns', (SELECT json_agg(json_strip_nulls(json_build_object(
            'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'nullable', NOT a.attnotnull,
            'default', CASE a.attgenerated WHEN '' THEN pg_get_expr(d.adbin, d.adrelid) END,
            'generated', CASE a.attgenerated WHEN 's' THEN pg_get_expr(d.adbin, d.adrelid) END,
            'identity', CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END,
            'collation', (SELECT collname FROM pg_collation l WHERE l.oid = a.attcollation AND collname <> 'default')
          )) ORDER BY a.attnum)
          FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
          WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped),
        'constraints', (SELECT coalesce(json_object_agg(conname, pg_get_constraintdef(k.oid, true) ORDER BY conname COLLATE "C"), '{}')
          FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype <> 'n'),
        'indexes', (SELECT coalesce(json_object_agg(i.relname, pg_get_indexdef(i.oid, 0, true) ORDER BY i.relname COLLATE "C"), '{}')
          FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = t.oid AND i.relname NOT LIKE 'mlfn\\_%'),
        'triggers', (SELECT coalesce(json_object_agg(tgname, pg_get_triggerdef(g.oid, true) ORDER BY tgname COLLATE "C"), '{}')
          FROM pg_trigger g WHERE g.tgrelid = t.oid AND NOT g.tgisinternal)
      ) ORDER BY t.relname COLLATE "C"), '{}') FROM relation t WHERE t.relkind IN ('r', 'p')),
    'sequences', (SELECT coalesce(json_object_agg(q.relname, format('%s from %s by %s, %s to %s, cache %s%s, of %s',
        format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
        CASE WHEN s.seqcycle THEN ', cycling' END,
        (SELECT d.refobjid::regclass || '.' || a.attname FROM pg_depend d
          JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
          WHERE d.objid = q.oid AND d.deptype IN ('a', 'i') AND d.classid = 'pg_class'::regclass))
      ORDER BY q.relname COLLATE "C"), '{}') FROM relation q JOIN pg_sequence s ON s.seqrelid = q.oid),
    'functions', (SELECT coalesce(json_object_agg(p.oid::regprocedure, pg_get_function_result(p.oid)), '{}')
      FROM pg_proc p JOIN here ON p.pronamespace = here.oid)
  ) AS catalogue`;

async function readRows(client: ClientBase, tables: string[]): Promise<Record<string, object[]>> {
  const seeded: Record<string, object[]> = {};
  for (const table of tables) {
    const { rows } = await client.query<Record<string, unknown>>(`SELECT * FROM ${table} ORDER BY 1`);
    if (rows.length > 0) seeded[table] = rows.map(masked);
  }
  return seeded;
}

const masked = (row: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      value !== null && column.endsWith("_time") ? "a time" : value,
    ]),
  );
