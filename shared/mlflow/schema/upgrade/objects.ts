/** Whether the tables of a database are those of its head. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClientBase } from "pg";

/** What a schema consists of (`column runs.name`, `index ... of ...`), each with its definition. */
export type Objects = Map<string, string>;

/** What a schema consists of at the head `revision` (steps/objects.txt). */
export async function objectsAt(revision: string, folder: string): Promise<Objects> {
  const text = await readFile(join(folder, "objects.txt"), "utf8");
  const objects: Objects = new Map();
  let isPast = false;
  for (const line of text.split("\n")) {
    const [, sign, name, definition] = /^([+-]) ([^:]+): (.*)$/.exec(line) ?? [];
    if (sign === "+") objects.set(name!, definition!);
    else if (sign === "-") objects.delete(name!);
    else if (isPast) break;
    else isPast = line === revision;
  }
  return objects;
}

// CHECK constraints are left out: restored ones are written differently, and no step needs one.
const query = `
  WITH relation AS (
    SELECT c.oid, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p'))
  SELECT format('column %s.%s', relname, attname) AS name,
    format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END AS definition
  FROM relation t JOIN pg_attribute a ON a.attrelid = t.oid WHERE attnum > 0 AND NOT attisdropped
  UNION ALL
  SELECT format('constraint %s of %s', conname, relname), pg_get_constraintdef(k.oid, true)
  FROM relation t JOIN pg_constraint k ON k.conrelid = t.oid WHERE contype IN ('p', 'u', 'f')
  UNION ALL
  SELECT format('index %s of %s', i.relname, t.relname), pg_get_indexdef(i.oid, 0, true)
  FROM relation t JOIN pg_index x ON x.indrelid = t.oid JOIN pg_class i ON i.oid = x.indexrelid
  WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u'))`;

export async function readObjects(client: ClientBase): Promise<Objects> {
  const { rows } = await client.query<{ name: string; definition: string }>(query);
  return new Map(rows.map(({ name, definition }) => [name, definition]));
}

/** In words, what the schema lacks and what is otherwise in it. What it has besides is its owner's. */
export function differences(expected: Objects, found: Objects): string[] {
  const lackingTables = new Set([...expected.keys()].map(tableOf).filter((table) => !hasTable(found, table)));
  const told = [...lackingTables].sort().map((table) => `the table ${table} is missing`);
  for (const [name, definition] of expected) {
    if (lackingTables.has(tableOf(name))) continue;
    const actual = found.get(name);
    if (actual === undefined) told.push(`the ${name} is missing (${definition})`);
    else if (actual !== definition) told.push(`the ${name} is "${actual}" and not "${definition}"`);
  }
  return told;
}

const tableOf = (name: string): string => /^column ([^.]+)|of (\S+)$/.exec(name)!.slice(1).find(Boolean)!;

const hasTable = (objects: Objects, table: string): boolean =>
  [...objects.keys()].some((name) => name.startsWith(`column ${table}.`));
