/** The start of a trace, as its client reports it (mlflow/store/tracking/sqlalchemy_store.py, start_trace). */
import { assessmentErrors } from "../assessments/errors.ts";
import type { AssessmentRow } from "../assessments/rules.ts";
import { givenAssessments, setAssessment } from "../assessments/store.ts";
import { experimentErrors } from "../experiments/errors.ts";
import { parseExperimentId } from "../experiments/rules.ts";
import { appendToUri, objectText } from "../mlflow/json-sql.ts";
import type { KeyValue } from "../mlflow/rules.ts";
import { inScope } from "../mlflow/scope.ts";
import type { Db } from "../platform/db/database.ts";
import { empty, join, raw, type Sql, sql } from "../platform/db/sql.ts";
import { traceErrors } from "./errors.ts";
import { artifactLocationTag, spansLocationTag } from "./keys.ts";
import type { Promoted } from "./promoted.ts";
import type { TraceState } from "./rules.ts";
import { type TraceParts, traceInfoText, traceInfoV2Text } from "./text.ts";
import { typed, writeEntries, writtenParts } from "./write.ts";

export interface NewTrace {
  id: string;
  experimentId: string;
  /** In milliseconds. */
  time: number | bigint;
  duration: number | undefined;
  state: TraceState;
  clientRequestId: string | undefined;
  requestPreview: string | undefined;
  responsePreview: string | undefined;
  name: string | undefined;
  columns: Promoted;
  tags: KeyValue[];
  metadata: KeyValue[];
  assessments: AssessmentRow[];
}

interface Started {
  stage: string;
  trace: string | null;
  /** The experiment of a trace of that id. */
  elsewhere: string | null;
  foreign: string | null;
}

/**
 * Creates a trace in an active experiment, or completes one whose spans came first: what is given replaces what is
 * there, tags, metadata and assessments are added. Answers `{"trace": {"trace_info": ...}}`.
 * @throws INVALID_STATE for a trace whose spans were moved out of the database
 */
export async function startTrace(db: Db, trace: NewTrace): Promise<string> {
  const text = (parts: TraceParts) => objectText({ trace: objectText({ trace_info: traceInfoText(parts) }) });
  return started(db, trace, onConflict(trace), text);
}

/** The same for version 2 of the API, whose ids are new. Answers `{"trace_info": ...}`. */
export const startTraceV2 = (db: Db, trace: NewTrace): Promise<string> =>
  started(db, trace, empty, (parts) => objectText({ trace_info: traceInfoV2Text(parts) }));

async function started(db: Db, trace: NewTrace, conflict: Sql, text: (parts: TraceParts) => Sql): Promise<string> {
  const experimentId = parseExperimentId(trace.experimentId);
  const [row] = await db.query<Started>(startStatement(db, { ...trace, experimentId }, conflict, text));
  if (!row) throw experimentErrors.notFound(experimentId);
  if (row.stage !== "active") throw experimentErrors.notActive(experimentId, row.stage);
  if (row.trace !== null) return row.trace;
  if (row.foreign !== null) throw assessmentErrors.ofAnotherTrace(row.foreign);
  throw row.elsewhere === experimentId
    ? traceErrors.notInDatabase(trace.id)
    : traceErrors.inAnotherExperiment(trace.id);
}

/** A column with its value where it is given: what is not keeps the value it has. */
function columnsOf(trace: NewTrace): Record<string, unknown> {
  const { requestPreview, responsePreview, name } = trace;
  return {
    timestamp_ms: String(trace.time),
    execution_time_ms: trace.duration ?? null,
    status: trace.state,
    client_request_id: trace.clientRequestId ?? null,
    ...(requestPreview !== undefined && { request_preview: requestPreview }),
    ...(responsePreview !== undefined && { response_preview: responsePreview }),
    ...(name !== undefined && { trace_name: name }),
    ...trace.columns,
  };
}

/** The generation tells a stock server's archiver that the trace was written to. */
const onConflict = (trace: NewTrace): Sql => sql`
      ON CONFLICT (request_id) DO UPDATE SET db_payload_generation = t.db_payload_generation + 1,
        ${join(Object.keys(columnsOf(trace)).map((name) => raw(`${name} = excluded.${name}`)))}
      WHERE t.experiment_id = excluded.experiment_id AND NOT EXISTS (
        SELECT FROM trace_tags WHERE request_id = t.request_id AND key = ${spansLocationTag} AND value <> 'TRACKING_STORE')`;

/** Trace ids may have backslashes, which mean something in a replacement. */
const artifactFolder = (id: string) => `traces/${id.replaceAll("\\", "\\\\")}/artifacts`;

function startStatement(db: Db, trace: NewTrace, conflict: Sql, text: (parts: TraceParts) => Sql): Sql {
  const columns = columnsOf(trace);
  const names = raw(Object.keys(columns).join(", "));
  const values = join(Object.entries(columns).map(([name, value]) => typed(name, value)));
  const location = sql`
        UNION ALL SELECT ${artifactLocationTag}, ${appendToUri(sql`artifact_location`, sql`${artifactFolder(trace.id)}::text`)}
        FROM experiment`;
  const ids = trace.assessments.map(({ assessment_id: id }) => id);
  return sql`
    WITH experiment AS (
      SELECT experiment_id, artifact_location, lifecycle_stage AS stage FROM experiments
      WHERE experiment_id = ${trace.experimentId}::bigint AND ${inScope(db)}
    ), foreign_assessment AS (
      SELECT assessment_id FROM assessments WHERE assessment_id = ANY(${ids}::text[]) AND trace_id <> ${trace.id}
    ), trace AS (
      INSERT INTO trace_info AS t (request_id, experiment_id, ${names})
      SELECT ${trace.id}, experiment_id, ${values}
      FROM experiment WHERE stage = 'active' AND NOT EXISTS (SELECT FROM foreign_assessment)${conflict}
      RETURNING *
    ), ${writeEntries(trace, location)}, assessment AS (
      ${givenAssessments(sql`trace`, trace.assessments)}
      ON CONFLICT (assessment_id) DO UPDATE SET ${setAssessment}
      RETURNING *
    ), moved AS (
      UPDATE assessments a SET trace_timestamp_ms = trace.timestamp_ms FROM trace
      WHERE a.trace_id = trace.request_id AND a.assessment_id <> ALL(${ids}::text[])
        AND a.trace_timestamp_ms IS DISTINCT FROM trace.timestamp_ms
    )
    SELECT stage, (SELECT ${text(startedParts(db))} FROM trace t) AS trace,
      (SELECT experiment_id::text FROM trace_info WHERE request_id = ${trace.id}) AS elsewhere,
      (SELECT min(assessment_id) FROM foreign_assessment) AS foreign
    FROM experiment`;
}

/** The parts of the trace with what the statement writes. */
function startedParts(db: Db): TraceParts {
  const { assessments, ...parts } = writtenParts(db);
  if (!assessments) return parts;
  return {
    ...parts,
    assessments: sql`SELECT * FROM assessment
      UNION ALL SELECT * FROM (${assessments}) old WHERE old.assessment_id NOT IN (SELECT assessment_id FROM assessment)`,
  };
}
