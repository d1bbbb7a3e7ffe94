/** Costs of spans that were stored before their model had a price. */
import { dumpPython, parsePython } from "../../mlflow/python-json.ts";
import { toFiniteFloat } from "../../mlflow/python-text.ts";
import type { Database, Statements } from "../../platform/db/database.ts";
import { sql } from "../../platform/db/sql.ts";
import { objectIn } from "../spans/json-text.ts";
import { attributes as names } from "../spans/keys.ts";
import { costKeys, type Node, totalsOf } from "../spans/totals.ts";
import { addCost, lacksCost, type Price } from "../translate/translate.ts";

/** Where a pass over all spans is: after this one, in the order of their keys. */
export interface Place {
  trace: string;
  span: string;
}

export interface Page {
  /** How many spans were looked at. */
  looked: number;
  last: Place;
  /** Those that may lack a cost, with the length of their contents. */
  found: (Place & { size: number })[];
}

const spansOfAPage = 5000;
/** Characters of the contents that are in memory at once; a longer one comes alone. */
const mostAtOnce = 16e6;

export const beginning: Place = { trace: "", span: "" };

/** The next spans; undefined where there are no more. */
export async function nextPage(db: Statements, after: Place): Promise<Page | undefined> {
  const [page] = await db.query<Page>(sql`
    WITH page AS MATERIALIZED (
      SELECT trace_id AS trace, span_id AS span, total_cost, model_name, content FROM spans
      WHERE (trace_id, span_id) > (${after.trace}, ${after.span}) ORDER BY trace_id, span_id LIMIT ${spansOfAPage}
    )
    SELECT count(*)::int AS looked,
      (SELECT json_build_object('trace', trace, 'span', span) FROM page ORDER BY trace DESC, span DESC LIMIT 1) AS last,
      coalesce(json_agg(json_build_object('trace', trace, 'span', span, 'size', length(content)) ORDER BY trace, span)
        FILTER (WHERE total_cost IS NULL AND model_name IS NOT NULL
          AND position(${names.usage} in content) > 0), '[]') AS found
    FROM page`);
  return page!.looked > 0 ? page : undefined;
}

/** Spans in groups whose contents fit into memory together. */
export function* groupsOf(found: Page["found"]): Generator<Place[]> {
  let group: Place[] = [];
  let size = 0;
  for (const span of found) {
    if (group.length > 0 && size + span.size > mostAtOnce) {
      yield group;
      [group, size] = [[], 0];
    }
    group.push(span);
    size += span.size;
  }
  if (group.length > 0) yield group;
}

interface Stored extends Place {
  content: string;
}

/** A span with its cost. */
interface Priced extends Stored {
  costs: Record<string, unknown>;
}

const contentsOf = (db: Statements, spans: readonly Place[]) =>
  db.query<Stored>(sql`
    SELECT trace_id AS trace, span_id AS span, content FROM spans
    JOIN json_to_recordset(${JSON.stringify(spans)}::json) AS g(trace text, span text)
      ON trace_id = g.trace AND span_id = g.span
    WHERE total_cost IS NULL ORDER BY trace_id, span_id`);

const pricedOf = (spans: readonly Stored[], price: Price): Priced[] =>
  spans.flatMap((span) => priced(span, price) ?? []);

/** Undefined for a span that has no price, or whose content is of no known form. */
function priced(span: Stored, price: Price): Priced | undefined {
  const content = parsePython(span.content);
  const attributes = content instanceof Map ? content.get("attributes") : undefined;
  if (!(content instanceof Map && attributes instanceof Map)) return undefined;
  const texts = new Map<string, string>();
  for (const [key, value] of attributes) if (typeof value === "string") texts.set(key, value);
  if (!lacksCost(texts)) return undefined;
  addCost(texts, price);
  const cost = texts.get(names.cost);
  const costs = objectIn(cost);
  if (cost === undefined || !costs) return undefined;
  attributes.set(names.cost, cost);
  return { ...span, content: dumpPython(content), costs };
}

/** How many of these spans have a price. Changes nothing. */
export async function countPriced(db: Statements, spans: readonly Place[], price: Price): Promise<number> {
  return pricedOf(await contentsOf(db, spans), price).length;
}

/**
 * Gives spans what their calls cost, and their traces the sums, in one transaction. Traces are locked in the order of
 * their ids, as those who write spans do. A trace whose costs were given by its client keeps them.
 * @returns how many spans have a cost now
 */
export const reprice = (db: Pick<Database, "transaction">, spans: readonly Place[], price: Price): Promise<number> =>
  db.transaction(async (statements) => {
    const traces = [...new Set(spans.map(({ trace }) => trace))];
    await statements.query(
      sql`SELECT FROM trace_info WHERE request_id = ANY(${traces}::text[]) ORDER BY request_id FOR UPDATE`,
    );
    const found = pricedOf(await contentsOf(statements, spans), price);
    if (found.length === 0) return 0;
    await storeSpans(statements, found);
    await storeTotals(statements, [...new Set(found.map(({ trace }) => trace))]);
    return found.length;
  });

async function storeSpans(db: Statements, spans: readonly Priced[]): Promise<void> {
  const rows = spans.map(({ costs, ...span }) => ({
    ...span,
    ...Object.fromEntries(costKeys.map((key) => [key, toFiniteFloat(costs[key])])),
  }));
  await db.query(sql`
    UPDATE spans SET content = g.content, input_cost = g.input_cost, output_cost = g.output_cost, total_cost = g.total_cost
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS g(trace text, span text, content text, input_cost float8,
      output_cost float8, total_cost float8)
    WHERE trace_id = g.trace AND span_id = g.span`);
}

interface StoredNode extends Place {
  parent: string | null;
  costs: Record<string, number> | null;
}

async function storeTotals(db: Statements, traces: readonly string[]): Promise<void> {
  const nodes = await db.query<StoredNode>(sql`
    SELECT trace_id AS trace, span_id AS span, parent_span_id AS parent, CASE WHEN total_cost IS NOT NULL THEN
      json_strip_nulls(json_build_object('input_cost', input_cost, 'output_cost', output_cost, 'total_cost', total_cost))
      END AS costs
    FROM spans WHERE trace_id = ANY(${traces}::text[]) ORDER BY start_time_unix_nano`);
  const trees = new Map<string, Node[]>(traces.map((id) => [id, []]));
  for (const { trace, span, parent, costs } of nodes)
    trees.get(trace)!.push({ id: span, parent, data: costs ?? undefined });
  const totals = Array.from(trees, ([id, tree]) => ({ id, ...totalsOf(tree, costKeys) }));
  await db.query(sql`
    UPDATE trace_info t SET db_payload_generation = t.db_payload_generation + 1,
      input_cost = CASE WHEN given THEN t.input_cost ELSE g.input_cost END,
      output_cost = CASE WHEN given THEN t.output_cost ELSE g.output_cost END,
      total_cost = CASE WHEN given THEN t.total_cost ELSE g.total_cost END
    FROM (
      SELECT g.*, num_nonnulls(o.input_cost, o.output_cost, o.total_cost) > 0 AND EXISTS (
        SELECT FROM trace_request_metadata m WHERE m.request_id = g.id AND m.key = 'mlflow.trace.infoFinalized') AS given
      FROM json_to_recordset(${JSON.stringify(totals)}::json) AS g(id text, input_cost float8, output_cost float8,
        total_cost float8)
      JOIN trace_info o ON o.request_id = g.id) g
    WHERE t.request_id = g.id`);
}
