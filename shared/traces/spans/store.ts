/** Spans and what they say of their traces, written at once (mlflow/store/tracking/sqlalchemy_store.py, log_spans). */
import { experimentErrors } from "../../experiments/errors.ts";
import { parseExperimentId } from "../../experiments/rules.ts";
import type { Db } from "../../platform/db/database.ts";
import { sqlState } from "../../platform/db/errors.ts";
import type { Statement } from "../../platform/db/sql.ts";
import { spanErrors } from "./errors.ts";
import { spanStatements } from "./statement.ts";
import type { SpanWrites } from "./trace.ts";

const maxAttempts = 20;
// Since the statement began a trace's row has changed, so that columns that are never null would be, or a span was
// written.
const changedMeanwhile = new Set(["23502", "23505"]);

/**
 * Writes the spans of a request, and creates the traces that are not there yet. A span that is there is overwritten.
 * All of it is one statement: rows of traces are locked in the order of their ids, and before those of their spans.
 * @param location the experiment, as the client names it
 * @param runId of the run that traces with a root among the spans are linked to; it need not exist
 * @throws INVALID_PARAMETER_VALUE for an id that is no number, and for a trace of another experiment
 * @throws RESOURCE_DOES_NOT_EXIST for an experiment that is not there
 * @throws INVALID_STATE for a trace whose spans lie elsewhere
 */
export async function logSpans(db: Db, location: string, writes: SpanWrites, runId: string | undefined): Promise<void> {
  const statements = spanStatements(db, location, writes, runId);
  const run = async (statement: Statement) => (await db.query<Written>(statement))[0]!;
  const written = await repeatedly(async () => {
    const short = await run(statements.short());
    return short.others ? run(statements.long()) : short;
  });
  if (written.count === writes.traces.length) return;
  if (written.elsewhere) throw spanErrors.otherExperiment(written.elsewhere);
  if (written.blocked) throw spanErrors.notInDatabase(written.blocked);
  throw experimentErrors.notFound(parseExperimentId(location));
}

interface Written {
  /** A trace of another experiment. */
  elsewhere?: string | null;
  /** Where the spans lie of traces that have them elsewhere. */
  blocked?: Record<string, string> | null;
  /** Whether this way can't write what becomes of a trace that is there; nothing is written then. */
  others: boolean;
  /** How many traces are written. */
  count: number;
}

/**
 * A statement sees of other tables what was there when it began, and of a trace's row what is there once it is locked.
 * Where the two may differ, it undoes itself and is made again.
 */
async function repeatedly<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === maxAttempts || !changedMeanwhile.has(sqlState(error) ?? "")) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * Math.min(attempt, 8)));
    }
  }
}
