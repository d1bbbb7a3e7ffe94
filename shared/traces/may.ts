/** Who may do what with a trace. */
import { checkInside, type Inside, rule } from "../access/rules.ts";
import { createsInside } from "../experiments/may.ts";
import { sql } from "../platform/db/sql.ts";
import type { Asking, Rule } from "../platform/http/route.ts";
import type { Action } from "../platform/identity/access.ts";
import { traceErrors } from "./errors.ts";

const inside: Inside = {
  type: "trace",
  experimentsOf: (db, ids) =>
    db.query(sql`
      SELECT request_id AS id, experiment_id::text AS experiment FROM trace_info
      WHERE request_id = ANY(${[...ids]}::text[])`),
  notFound: traceErrors.notFound,
};

/** @throws MlflowError unless the action is allowed on each of these traces */
const checkTraces = (action: Action, ids: readonly string[], asking: Pick<Asking, "db" | "facts">): Promise<void> =>
  checkInside(inside, action, ids, asking);

/** The action on the trace that the input names. */
export const trace = (action: Action): Rule<{ trace_id: string }> =>
  rule(`${action} trace`, ({ trace_id }, asking) => checkTraces(action, [trace_id], asking));

/** The same, where it is called by its older name. */
export const traceByRequestId = (action: Action): Rule<{ request_id: string }> =>
  rule(`${action} trace`, ({ request_id }, asking) => checkTraces(action, [request_id], asking));

interface Started {
  trace: {
    trace_info?:
      | { trace_location?: { mlflow_experiment?: { experiment_id?: string | undefined } | undefined } | undefined }
      | undefined;
  };
}

const creates = createsInside("trace");

/** To create a trace in the experiment where it is to lie. */
export const startsTrace: Rule<Started> = rule(creates.text, ({ trace: { trace_info } }, asking) =>
  creates.check({ experiment_id: trace_info?.trace_location?.mlflow_experiment?.experiment_id }, asking),
);
