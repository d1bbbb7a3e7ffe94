import type { TableEntity } from "@azure/data-tables";
import { type AppTables, longPatience } from "../azure/circuit.ts";
import { insertOnce, type Tables } from "../azure/tables.ts";
import { onceAMinute } from "../once-a-minute.ts";
import { type AuditEvent, auditRow, auditTable } from "./log.ts";

const atOnce = 4;
const mostWaiting = 2_000;
/** Milliseconds until what was not written is tried again. */
const retryAfter = 10_000;

interface Row {
  table: string;
  row: TableEntity;
}

/**
 * Writes events to Table Storage. Nothing waits for it. While the tables are away, events wait; those that are too many
 * for that, and those left when the process ends, are in the log.
 */
export class AuditRows {
  private readonly waiting: Row[] = [];
  private readonly workers = new Set<Promise<void>>();
  private retry: NodeJS.Timeout | undefined;

  constructor(private readonly tables: AppTables) {}

  /** Begins to write before it returns, where not too many are under way. */
  add(event: AuditEvent): void {
    if (this.waiting.length < mostWaiting) this.waiting.push({ table: auditTable(event.time), row: auditRow(event) });
    else onceAMinute("Audit events are in this log alone: too many wait for Table Storage.", console.warn);
    if (this.retry === undefined) this.start();
  }

  /** Once all are written or have been tried. */
  async end(): Promise<void> {
    if (this.waiting.length > 0) this.start();
    while (this.workers.size > 0) await Promise.all(this.workers);
  }

  private start(): void {
    if (this.workers.size >= atOnce) return;
    const worker: Promise<void> = this.work().finally(() => this.workers.delete(worker));
    this.workers.add(worker);
  }

  private async work(): Promise<void> {
    for (let row = this.waiting.shift(); row; row = this.waiting.shift())
      if (!(await this.write(row))) return this.later(row);
  }

  private later(row: Row): void {
    this.waiting.unshift(row);
    onceAMinute("Audit events are in this log alone until Table Storage takes them.", console.warn);
    this.retry ??= setTimeout(() => {
      this.retry = undefined;
      this.start();
    }, retryAfter).unref();
  }

  /** Whether that is done with, as it is where no setting says where the tables are. */
  private async write({ table, row }: Row): Promise<boolean> {
    // A try that was given up may have written it.
    const work = (tables: Tables, signal: AbortSignal) => insertOnce(tables.table(table), row, signal);
    if (await this.tables.attempt(work, console.warn, longPatience)) return true;
    return this.tables.open().then(
      (tables) => tables === undefined,
      () => false,
    );
  }
}
