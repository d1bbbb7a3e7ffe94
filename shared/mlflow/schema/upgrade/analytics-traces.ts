import type { ClientBase } from "pg";
import { type PythonDict, parsePython } from "../../python-json.ts";
import { finiteFloat, wholeNumber } from "./python-numbers.ts";

const pageSize = 2000;

const tokenKeys = [
  ...["input_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens"],
  ...["cache_creation_input_tokens", "cache_creation_input_tokens_above_1hr"],
];
const costKeys = ["input_cost", "output_cost", "total_cost"];

interface Trace {
  id: string;
  /** JSON as Python wrote it. */
  usage: string | null;
  cost: string | null;
  metrics: Record<string, string | null> | null;
}

const metadata = (key: string) =>
  `(SELECT value FROM trace_request_metadata m WHERE m.request_id = t.request_id AND m.key = '${key}')`;

const readPage = `
  SELECT request_id AS id, ${metadata("mlflow.trace.tokenUsage")} AS usage, ${metadata("mlflow.trace.cost")} AS cost,
    (SELECT json_object_agg(key, value::text) FROM trace_metrics m
      WHERE m.request_id = t.request_id AND m.key = ANY($2)) AS metrics
  FROM trace_info t WHERE request_id > $1 ORDER BY request_id LIMIT ${pageSize}`;

const columns = ["trace_name", "session_id", ...tokenKeys, ...costKeys];
const parameters = [...tokenKeys.map((key) => [key, "bigint"]), ...costKeys.map((key) => [key, "float8"])];

const writePage = `
  UPDATE trace_info t SET (${columns.join(", ")}) = (${columns.map((column) => `known.${column}`).join(", ")})
  FROM (
    SELECT given.*, left(name.value, 4096) AS trace_name, left(session.value, 250) AS session_id
    FROM unnest($1::text[], ${parameters.map(([, type], at) => `$${at + 2}::${type}[]`).join(", ")})
      AS given (id, ${parameters.map(([key]) => key).join(", ")})
    LEFT JOIN trace_tags name ON name.request_id = given.id AND name.key = 'mlflow.traceName'
    LEFT JOIN trace_request_metadata session ON session.request_id = given.id AND session.key = 'mlflow.trace.session'
  ) known
  WHERE t.request_id = known.id AND (${columns.map((column) => `t.${column}`).join(", ")}) IS DISTINCT FROM
    (${columns.map((column) => `known.${column}`).join(", ")})`;

/** Names, sessions, tokens and costs of traces. Tells how many of them each page had. */
export async function backfillTraces(client: ClientBase, page: (number: number) => void): Promise<void> {
  let last = "";
  while (true) {
    const { rows } = await client.query<Trace>(readPage, [last, tokenKeys]);
    if (rows.length === 0) return;
    const found = rows.map(valuesOf);
    await client.query(writePage, [
      rows.map(({ id }) => id),
      ...parameters.map((_, column) => found.map((values) => values[column])),
    ]);
    last = rows.at(-1)!.id;
    page(rows.length);
  }
}

/** A metric wins over what the metadata say, also where it is no number of tokens. */
function valuesOf({ usage, cost, metrics }: Trace): (string | number | null)[] {
  const used = dictOf(usage);
  const costs = dictOf(cost);
  const tokens = tokenKeys.map((key) => wholeNumber(metrics && key in metrics ? metrics[key] : used.get(key)));
  return [
    ...tokens.map((count) => count?.toString() ?? null),
    ...costKeys.map((key) => finiteFloat(costs.get(key)) ?? null),
  ];
}

function dictOf(text: string | null): PythonDict {
  const value = text === null ? undefined : parsePython(text);
  return value instanceof Map ? value : new Map();
}
