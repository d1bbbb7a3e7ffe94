/** The steps from one revision of MLflow's schema to the next: SQL in migrations/steps, and what SQL alone can't do. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClientBase } from "pg";
import { folder } from "../migrations.ts";
import { revisionsAfter } from "../revisions.ts";
import { backfillAnalytics } from "./analytics.ts";
import { splitCategories } from "./categories.ts";

export const stepsFolder = join(folder, "steps");

/** Tells how many of so many rows are done. */
export type Rows = (done: number, total: number) => void;

/** Rows of a table that a step has to go through. */
export interface Touched {
  verb: "checks" | "indexes" | "changes" | "deletes";
  table: string;
  /** SQL: which rows, where not all. */
  condition: string | undefined;
}

export interface Step {
  from: string;
  revision: string;
  title: string;
  touched: Touched[];
  /** Within the caller's transaction. */
  run(client: ClientBase, rows: Rows): Promise<void>;
}

type Work = (client: ClientBase, rows: Rows) => Promise<void>;

/** Work between the two files of a step. */
const works: Record<string, Work> = { "75868b020152": backfillAnalytics, "8b6ad64cb8f5": splitCategories };

/** The steps from the head `revision` to the one that is served; undefined where they are not known. */
export async function stepsAfter(revision: string): Promise<Step[] | undefined> {
  const revisions = revisionsAfter(revision);
  return revisions && Promise.all(revisions.map((to, at) => readStep(revisions[at - 1] ?? revision, to)));
}

async function readStep(from: string, revision: string): Promise<Step> {
  const text = await readFile(join(stepsFolder, `${revision}.sql`), "utf8");
  const [title = "", ...notes] = text.split("\n").filter((line) => line.startsWith("-- "));
  return {
    from,
    revision,
    title: title.slice("-- ".length),
    touched: notes.flatMap(readNote),
    async run(client, rows) {
      await client.query(text);
      const work = works[revision];
      if (!work) return;
      await work(client, rows);
      const after = await readFile(join(stepsFolder, `${revision}.after.sql`), "utf8").catch(unlessMissing);
      await client.query(after);
    },
  };
}

function readNote(line: string): Touched[] {
  const [, verb, table, condition] = /^-- (Checks|Indexes|Changes|Deletes): (\w+)(?: WHERE (.+))?$/.exec(line) ?? [];
  return verb ? [{ verb: verb.toLowerCase() as Touched["verb"], table: table!, condition }] : [];
}

function unlessMissing(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "";
  throw error;
}

/** How many rows a step has to go through, as far as its table is there already. */
export async function countTouched(client: ClientBase, { table, condition }: Touched): Promise<number> {
  const { rows } = await client.query<{ exists: boolean }>("SELECT to_regclass($1) IS NOT NULL AS exists", [table]);
  if (!rows[0]!.exists) return 0;
  const where = condition ? ` WHERE ${condition}` : "";
  const counted = await client.query<{ count: string }>(`SELECT count(*) FROM ${table}${where}`);
  return Number(counted.rows[0]!.count);
}
