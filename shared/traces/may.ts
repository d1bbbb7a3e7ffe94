/** Who may do what with a trace. */
import { checkInside, type Inside, rule } from "../access/rules.ts";
import { mayDeleteAssessments } from "../assessments/delete-rule.ts";
import { checkExperiment, createsInside, experimentResource } from "../experiments/may.ts";
import { sql } from "../platform/db/sql.ts";
import { denied } from "../platform/errors.ts";
import type { Asking, Checked, Rule } from "../platform/http/route.ts";
import type { Action } from "../platform/identity/access.ts";
import { checkRuns } from "../runs/may.ts";
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
export const checkTraces = (action: Action, ids: readonly string[], asking: Pick<Asking, "db" | "facts">): Checked =>
  checkInside(inside, action, ids, asking);

/** The action on the trace that the input names. */
export const trace = (action: Action): Rule<{ trace_id: string }> =>
  rule(`${action} trace`, ({ trace_id }, asking) => checkTraces(action, [trace_id], asking));

/** The same, where it is called by its older name. */
export const traceByRequestId = (action: Action): Rule<{ request_id: string }> =>
  rule(`${action} trace`, ({ request_id }, asking) => checkTraces(action, [request_id], asking));

/** To read the trace that a query names; one that names none is refused by the handler. */
export const traceInQuery: Rule<{ request_id?: string | undefined }> = rule("read trace", async (input, asking) => {
  if (input.request_id) await checkTraces("read", [input.request_id], asking);
});

/** The action on each of the traces that the input names, and another on the run. */
export const linksToRun: Rule<{ trace_ids: string[]; run_id: string }> = rule(
  "update run, read traces",
  async ({ trace_ids, run_id }, asking) => {
    await checkRuns("update", [run_id], asking);
    await checkTraces("read", trace_ids, asking);
  },
);

/** To delete traces of the experiment that the input names, and the assessments with them. */
export const deletesTraces: Rule<{ experiment_id: string }> = rule(
  "read experiment, delete traces and assessments",
  ({ experiment_id }, { db: { scope } }) => {
    const { access } = scope;
    checkExperiment(access, "read", experiment_id);
    const own = experimentResource(experiment_id);
    if (!access.may("delete", { type: "trace", id: "*" }, own) || !mayDeleteAssessments(access, own)) throw denied();
  },
);

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
