/** The database that an import fills. */
import type { ClientBase, PoolClient } from "pg";
import { unlimited } from "../../shared/mlflow/schema/locked.ts";
import type { Database } from "../../shared/platform/db/database.ts";
import { outcomeOf } from "../../shared/platform/db/errors.ts";
import { Refusal } from "../../shared/tools/refusal.ts";
import { copyRows } from "./copy.ts";
import { NewMetrics } from "./new-table.ts";
import type { Rows } from "./source.ts";
import { aliasOf, columnsOf, type Kind, mainTable, nouns, ownerOf, type TableName } from "./tables.ts";
import { unchecked } from "./unchecked.ts";

/** Something of the source is in the target with other content. */
export class Conflict extends Refusal {}

/** The connection was lost during COMMIT. */
export class Unsure extends Refusal {}

/** One transaction of an import. */
export class Unit {
  /** Rows that were written, by table. */
  written = new Map<TableName, number>();
  /** Things that were new, and all that were looked at. */
  things = new Map<Kind, { fresh: number; all: number }>();
  /** Logged models with metrics of runs that are not there yet. */
  readonly late = new Set<string>();
  private readonly client: ClientBase;
  private staged = new Set<TableName>();
  private newMetrics: NewMetrics | undefined;
  private hasOrphans = false;

  constructor(client: ClientBase) {
    this.client = client;
  }

  async query<R extends object>(text: string, values: unknown[] = []): Promise<R[]> {
    return (await this.client.query(text, values)).rows as R[];
  }

  /** For work that takes a connection. */
  lend<T>(work: (client: ClientBase) => Promise<T>): Promise<T> {
    return work(this.client);
  }

  /** A table with the points of runs that come in this transaction. */
  takePoints(table: NewMetrics): void {
    this.newMetrics = table;
  }

  /** Does something wholly or not at all: after a conflict the transaction goes on without it. */
  async attempt(work: () => Promise<void>): Promise<void> {
    await this.query("SAVEPOINT attempted");
    const [written, things, staged] = [new Map(this.written), new Map(this.things), new Set(this.staged)];
    try {
      await work();
      await this.query("RELEASE SAVEPOINT attempted");
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      await this.query("ROLLBACK TO SAVEPOINT attempted");
      [this.written, this.things, this.staged] = [written, things, staged];
      this.late.clear();
      this.hasOrphans = true;
      throw error;
    }
  }

  /** Which of these ids the target has. */
  async existing(kind: Kind, ids: readonly string[]): Promise<Set<string>> {
    const [table, id] = mainTable[kind];
    const rows = await this.query<{ id: string }>(
      `SELECT ${id}::text AS id FROM ${table} WHERE ${id} = ANY($1::${kind === "experiments" ? "int" : "text"}[])`,
      [ids],
    );
    return new Set(rows.map((row) => row.id));
  }

  count(kind: Kind, fresh: number, all: number): void {
    const known = this.things.get(kind) ?? { fresh: 0, all: 0 };
    this.things.set(kind, { fresh: known.fresh + fresh, all: known.all + all });
  }

  async copy(given: Rows): Promise<void> {
    const { table } = given;
    const into = table === "metrics" ? await this.metricsTable() : table;
    await this.copyInto(into, given);
  }

  async copyInto(into: string, given: Rows): Promise<void> {
    const { table } = given;
    const copy = () => copyRows(this.client, into, given);
    // Points are those of runs that came before them.
    const isChecked = into !== table || (table !== "metrics" && table !== "latest_metrics");
    this.wrote(table, await inWords(table, () => (isChecked ? copy() : unchecked(this.client, table, copy))));
  }

  /** Counts rows of a table as written. */
  wrote(table: TableName, count: number): void {
    this.written.set(table, (this.written.get(table) ?? 0) + count);
  }

  /** Before COMMIT. Makes what is left out while rows come. */
  async finish(): Promise<void> {
    if (this.hasOrphans) await this.newMetrics?.deleteOrphans(this.client);
    await inWords("metrics", async () => this.newMetrics?.finish(this.client));
  }

  private async metricsTable(): Promise<string> {
    if (!this.written.has("metrics")) this.newMetrics = await NewMetrics.begin(this.client);
    return this.newMetrics?.into ?? "metrics";
  }

  /** Puts rows into a temporary table, `imported_<table>`. */
  async stage(given: Rows): Promise<void> {
    const { table } = given;
    if (this.staged.has(table)) await this.query(`TRUNCATE imported_${table}`);
    else await this.query(`CREATE TEMP TABLE imported_${table} (LIKE ${table} INCLUDING DEFAULTS) ON COMMIT DROP`);
    this.staged.add(table);
    await inWords(table, () => copyRows(this.client, `imported_${table}`, given));
  }

  /**
   * Compares rows with those that the target has of the same things.
   * @throws Conflict naming one that differs
   */
  async compare(kind: Kind, ids: readonly string[], given: Rows): Promise<void> {
    const { table } = given;
    await this.stage(given);
    const alias = aliasOf(table);
    const columns = columnsOf(table)
      .map((name) => `${alias}."${name}"`)
      .join(", ");
    const select = (from: string) =>
      `SELECT ${ownerOf(table)}::text AS owner, ${columns} FROM ${from} ${alias} WHERE ${ownerOf(table)} = ANY($1)`;
    const there = select(table);
    const given_ = select(`imported_${table}`);
    const [other] = await this.query<{ owner: string }>(
      `(${there} EXCEPT ${given_}) UNION ALL (${given_} EXCEPT ${there}) LIMIT 1`,
      [ids],
    );
    if (!other) return;
    throw new Conflict(
      `The ${nouns[kind][0]} '${other.owner}' is there with other content (table ${table}), and stays as it is.`,
    );
  }
}

/** A statement on a table that failed: what PostgreSQL says of the row, without a stack. */
export async function inWords<T>(table: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message, detail, where } = error as Error & { code?: string; detail?: string; where?: string };
    // Classes of bad data and of violated constraints.
    if (!/^2[23]/.test(code ?? "")) throw error;
    const line = where?.split("\n")[0]?.slice(0, 200);
    const more = [detail, line].filter(Boolean).join(" ");
    throw new Conflict(`A row of ${table} can't be stored: ${message}.${more ? ` ${more}` : ""}`);
  }
}

/** Runs `work` in a transaction without time limits. */
export async function inUnit<T>(db: Database, work: (unit: Unit) => Promise<T>): Promise<T> {
  const client: PoolClient = await db.connect();
  let broken: Error | undefined;
  try {
    await client.query("BEGIN");
    await client.query(unlimited.map((setting) => `SET LOCAL ${setting}`).join("; "));
    const unit = new Unit(client);
    const result = await work(unit);
    await unit.finish();
    await client.query("COMMIT").catch((error: Error) => {
      throw outcomeOf(error, true) === "unknown" ? new Unsure(`While it committed: ${error.message}.`) : error;
    });
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
