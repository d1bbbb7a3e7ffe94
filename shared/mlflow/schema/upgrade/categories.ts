import { createHash } from "node:crypto";
import type { ClientBase } from "pg";
import { type PythonValue, parsePython } from "../../python-json.ts";
import { unavailable } from "../revisions.ts";
import { strip } from "./python-numbers.ts";
import type { Rows } from "./steps.ts";

const pageSize = 1000;

interface Issue {
  id: string;
  categories: string;
}

/** Makes a row for each category of an issue, which were a JSON list only. Of the same hash the last stays. */
export async function splitCategories(client: ClientBase, progress: Rows): Promise<void> {
  const { rows } = await client.query<{ count: string }>("SELECT count(*) FROM issues WHERE categories IS NOT NULL");
  const total = Number(rows[0]!.count);
  let last = "";
  for (let done = 0; ; ) {
    const { rows: issues } = await client.query<Issue>(
      `SELECT issue_id AS id, categories FROM issues WHERE categories IS NOT NULL AND issue_id > $1
       ORDER BY issue_id LIMIT ${pageSize}`,
      [last],
    );
    if (issues.length === 0) return;
    const found = issues.flatMap(({ id, categories }) => [...hashed(id, categories)].map((entry) => [id, ...entry]));
    await client.query(
      `INSERT INTO issue_categories (issue_id, category_hash, category)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[])`,
      [0, 1, 2].map((column) => found.map((entry) => entry[column])),
    );
    last = issues.at(-1)!.id;
    done += issues.length;
    progress(done, total);
  }
}

function hashed(id: string, text: string): Map<string, string> {
  const categories = names(parsePython(text));
  if (!categories)
    throw unavailable(`The categories of issue ${id} are not a JSON list of texts: ${text.slice(0, 200)}`);
  return new Map(categories.map((name) => [sha256(strip(name).toLowerCase()), name]));
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

function names(value: PythonValue | undefined): string[] | undefined {
  if (value instanceof Map) return [...value.keys()];
  if (typeof value === "string") return [...value];
  return Array.isArray(value) && value.every(isText) ? value : undefined;
}

const isText = (value: PythonValue): value is string => typeof value === "string";
