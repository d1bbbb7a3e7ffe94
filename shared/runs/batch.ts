/** What a run logs: metrics, params and tags, all in one statement. */

import { modelMetricError } from "../logged-models/metrics.ts";
import type { KeyValue } from "../mlflow/rules.ts";
import type { Db } from "../platform/db/database.ts";
import { sqlState } from "../platform/db/errors.ts";
import { sql } from "../platform/db/sql.ts";
import { invalid, type MlflowError } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";
import { type Batch, batchStatement, changedParam } from "./batch-statement.ts";
import { runErrors } from "./errors.ts";

/**
 * Logs a batch to an active run: all of it or nothing. A metric point that is there already is left alone; the latest
 * metric is the highest by step, then timestamp, then value; a tag takes the new value.
 * @throws INVALID_PARAMETER_VALUE for a param that was logged with another value
 */
export async function logBatch(
  db: Db,
  runId: string,
  batch: Batch,
  describe: (changed: ChangedParam[]) => MlflowError = (changed) => describeChanged(runId, changed),
): Promise<void> {
  try {
    const [row] = await db.query<{ stage: string }>(batchStatement(db, runId, batch));
    if (!row) throw runErrors.notFound(runId);
    if (row.stage !== "active") throw runErrors.notActive(runId, row.stage);
  } catch (error) {
    if (sqlState(error) === "22P02" && (error as Error).message.includes(changedParam))
      throw describe(await changedParams(db, runId, batch.params));
    throw modelMetricError(error) ?? error;
  }
}

export interface ChangedParam extends KeyValue {
  /** The value that the run has; `value` is the one in the request. */
  old: string;
}

async function changedParams(db: Db, runId: string, params: KeyValue[]): Promise<ChangedParam[]> {
  const stored = await db.query<KeyValue>(
    sql`SELECT key, value FROM params WHERE run_uuid = ${runId} AND key = ANY(${params.map(({ key }) => key)}::text[])`,
  );
  const values = new Map(stored.map(({ key, value }) => [key, value]));
  return params
    .map((param) => ({ ...param, old: values.get(param.key) ?? param.value }))
    .filter(({ old, value }) => old !== value);
}

function describeChanged(runId: string, changed: ChangedParam[]): MlflowError {
  const list = changed.map(
    ({ key, old, value }) => `{'key': '${key}', 'old_value': '${old}', 'new_value': '${value}'}`,
  );
  return invalid(
    `Changing param values is not allowed. Params were already logged='[${shown(list.join(", "))}]' for run ID='${shown(runId)}'.`,
  );
}
