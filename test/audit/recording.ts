import { vi } from "vitest";
import type { AuditEvent } from "../../shared/platform/audit/log.ts";
import type { App } from "../support/app.ts";
import type { TestTables } from "../support/tables.ts";

/** A line of the log that tells of an event. */
export interface AuditLine {
  audit: string;
  who: string;
  of: string;
  address: string;
  detail: Record<string, unknown>;
  count: number;
  time: string;
  request_id: string;
}

/** Notes what the app writes to the console, where no request is told of. */
export function consoleLines(): string[] {
  const lines: string[] = [];
  const note = (...said: unknown[]) => void lines.push(said.join(" "));
  vi.spyOn(console, "info").mockImplementation(note);
  vi.spyOn(console, "warn").mockImplementation(note);
  return lines;
}

/** The events among lines of the log, in their order. */
export const eventsIn = (lines: readonly string[]): AuditLine[] =>
  lines.flatMap((line) => {
    const [, event] = /(\{"audit":.*\})$/.exec(line) ?? [];
    return event ? [JSON.parse(event) as AuditLine] : [];
  });

/** Every row of the audit log, oldest first. */
export async function auditRows(tables: TestTables): Promise<AuditEvent[]> {
  const months = (await tables.names()).filter((name) => name.startsWith("audit"));
  const rows = await Promise.all(months.map((name) => tables.rows<AuditEvent>(name)));
  return rows.flat().sort((one, other) => (one.rowKey! < other.rowKey! ? -1 : 1));
}

/** Waits until `ask` answers something that `isDone` takes. */
export async function until<T>(ask: () => Promise<T>, isDone: (found: T) => boolean): Promise<T> {
  return vi
    .waitUntil(
      async () => {
        const found = await ask();
        return isDone(found) && { found };
      },
      { timeout: 45_000, interval: 100 },
    )
    .then(({ found }) => found);
}

/** A run, deleted. @returns its id */
export async function deletedRun(app: App, headers: Record<string, string> = {}): Promise<string> {
  const send = (route: string, body: object) =>
    app.request("POST", `/api/2.0/mlflow/runs/${route}`, {
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const { body } = await send("create", { experiment_id: "0" });
  const { status } = await send("delete", { run_id: body.run.info.run_id });
  if (status !== 200) throw new Error(`The run was not deleted: ${status}`);
  return body.run.info.run_id;
}
