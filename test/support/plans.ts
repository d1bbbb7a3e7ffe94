import pg from "pg";
import { defaultScope } from "../../shared/platform/db/scope.ts";
import type { Sql } from "../../shared/platform/db/sql.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { aDatabase } from "./app.ts";

/** A database of its own with a client. */
export async function aClient(): Promise<{ client: pg.Client; uri: string; drop(): Promise<void> }> {
  const { uri, drop } = await aDatabase();
  const client = new pg.Client({ connectionString: uri });
  await client.connect();
  const end = async () => {
    await client.end();
    await drop();
  };
  return { client, uri, drop: end };
}

/** The same with large tables, of which there are no statistics until someone asks for them. @param fill is SQL */
export async function aFilledClient(large: readonly string[], fill: string): ReturnType<typeof aClient> {
  const opened = await aClient();
  const { client } = opened;
  for (const table of large) await client.query(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
  // Checking the foreign keys takes longer than all else.
  await client.query("SET session_replication_role = replica");
  await client.query(fill);
  return opened;
}

/** A node of a plan, as EXPLAIN writes it. */
export interface Plan {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Index Cond"?: string;
  "Parent Relationship"?: string;
  "Actual Loops"?: number;
  Plans?: Plan[];
}

/** The first statement that a handler sends. It finds nothing, on which a handler may fail. */
export async function sentBy(handle: (context: Context) => Promise<unknown>): Promise<Sql> {
  const sent: Sql[] = [];
  const query = async (statement: Sql) => {
    sent.push(statement);
    return [];
  };
  const db = { query, text: async (statement: Sql) => (await query(statement))[0], scope: defaultScope };
  await handle({ db } as unknown as Context).catch(() => {});
  return sent[0]!;
}

/** All nodes of what EXPLAIN answers to a statement. */
export async function planOf(client: pg.Client, explained: string): Promise<Plan[]> {
  const { rows } = await client.query<{ "QUERY PLAN": { Plan: Plan }[] }>(explained);
  const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];
  return nodes(rows[0]!["QUERY PLAN"][0]!.Plan);
}

const literal = (value: unknown): string =>
  pg.escapeLiteral(Array.isArray(value) ? `{${value.map((item) => JSON.stringify(item)).join()}}` : String(value));

/**
 * The same of a statement that a client prepares, with a plan for its values or for any.
 * @param how `ANALYZE, ` runs it
 */
export async function preparedPlanOf(
  client: pg.Client,
  mode: "force_custom_plan" | "force_generic_plan",
  { text, values }: Sql,
  how: "" | "ANALYZE, " = "",
): Promise<Plan[]> {
  await client.query(`SET plan_cache_mode = ${mode}`);
  await client.query(`PREPARE asked AS ${text}`);
  try {
    return await planOf(client, `EXPLAIN (${how}FORMAT JSON) EXECUTE asked(${values.map(literal).join()})`);
  } finally {
    await client.query("DEALLOCATE asked");
  }
}

/** Tables that a plan reads from end to end, of those that are large; of what it may do, where it was not run. */
export const readWhole = (plan: readonly Plan[], large: readonly string[]): string[] =>
  plan
    .filter((node) => node["Node Type"].endsWith("Seq Scan") && node["Actual Loops"] !== 0)
    .flatMap((node) => node["Relation Name"] ?? [])
    .filter((table) => large.includes(table));
