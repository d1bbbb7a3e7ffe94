import type { ClientBase } from "pg";
import { parsePython } from "../../python-json.ts";
import { finiteFloat, strip } from "./python-numbers.ts";

const pageSize = 2000;
// Longer values are read one by one, so that a page has a bounded size.
const maxBytes = 16_384;

interface Assessment {
  id: string;
  /** Null where it is longer than a page may hold. */
  value: string | null;
}

interface Aggregate {
  value: number | null;
  isNumeric: boolean;
}

const readPage = `
  SELECT assessment_id AS id, CASE WHEN octet_length(value) <= ${maxBytes} THEN value END AS value
  FROM assessments WHERE assessment_id > $1 ORDER BY assessment_id LIMIT ${pageSize}`;

const writePage = `
  UPDATE assessments a SET (experiment_id, trace_timestamp_ms, aggregate_value, is_numeric_value) =
    (t.experiment_id, t.timestamp_ms, given.value, given.is_numeric)
  FROM unnest($1::text[], $2::float8[], $3::boolean[]) AS given (id, value, is_numeric), trace_info t
  WHERE a.assessment_id = given.id AND t.request_id = a.trace_id
    AND (a.experiment_id, a.trace_timestamp_ms, a.aggregate_value, a.is_numeric_value) IS DISTINCT FROM
      (t.experiment_id, t.timestamp_ms, given.value, given.is_numeric)`;

/** What assessments are averaged by. Tells how many of them each page had. */
export async function backfillAssessments(client: ClientBase, page: (number: number) => void): Promise<void> {
  let last = "";
  while (true) {
    const { rows } = await client.query<Assessment>(readPage, [last]);
    if (rows.length === 0) return;
    const found: Aggregate[] = [];
    for (const { id, value } of rows) found.push(aggregateOf(value ?? (await readLong(client, id))));
    await client.query(writePage, [
      rows.map(({ id }) => id),
      found.map(({ value }) => value),
      found.map(({ isNumeric }) => isNumeric),
    ]);
    last = rows.at(-1)!.id;
    page(rows.length);
  }
}

async function readLong(client: ClientBase, id: string): Promise<string> {
  const { rows } = await client.query<{ value: string }>("SELECT value FROM assessments WHERE assessment_id = $1", [
    id,
  ]);
  return rows[0]!.value;
}

const words: Record<string, number> = { yes: 1, no: 0 };

/** Booleans and the words yes and no count as 1 and 0 without being numbers. */
function aggregateOf(text: string): Aggregate {
  const parsed = parsePython(text);
  const value = parsed === undefined ? text : parsed;
  if (typeof value === "boolean") return { value: Number(value), isNumeric: false };
  if (typeof value === "string") return { value: words[strip(value).toLowerCase()] ?? null, isNumeric: false };
  const number = typeof value === "number" || typeof value === "bigint" ? finiteFloat(value) : undefined;
  return { value: number ?? null, isNumeric: number !== undefined };
}
