import type { AppTables } from "../azure/circuit.ts";
import { insertRow } from "../azure/tables.ts";
import { onceAMinute } from "../once-a-minute.ts";
import { type AuditEvent, auditRow, auditTable } from "./log.ts";

const atOnce = 4;
const mostWaiting = 2_000;

/** Writes events to Table Storage. Nothing waits for it, and what it can't write is in the log. */
export class AuditRows {
  private readonly waiting: AuditEvent[] = [];
  private readonly workers = new Set<Promise<void>>();

  constructor(private readonly tables: AppTables) {}

  /** Begins to write before it returns, where not too many are under way. */
  add(event: AuditEvent): void {
    if (this.waiting.length < mostWaiting) this.waiting.push(event);
    else inLogAlone("too many at once");
    if (this.workers.size < atOnce) this.start();
  }

  /** Once all are written or given up. */
  async end(): Promise<void> {
    while (this.workers.size > 0) await Promise.all(this.workers);
  }

  private start(): void {
    const worker: Promise<void> = this.work().finally(() => this.workers.delete(worker));
    this.workers.add(worker);
  }

  private async work(): Promise<void> {
    for (let event = this.waiting.shift(); event; event = this.waiting.shift()) await this.write(event);
  }

  private async write(event: AuditEvent): Promise<void> {
    const done = await this.tables.attempt(async ({ table }, signal) => {
      await insertRow(table(auditTable(event.time)), auditRow(event), signal);
      return true;
    }, console.warn);
    if (!done) inLogAlone("Table Storage does not take them");
  }
}

const inLogAlone = (why: string) => onceAMinute(`Audit events are in this log alone: ${why}.`, console.warn);
