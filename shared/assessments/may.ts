/** Who may do what with the assessments of a trace. */
import { rule } from "../access/rules.ts";
import { denied } from "../platform/errors.ts";
import type { Asking, Rule } from "../platform/http/route.ts";
import type { Resource } from "../platform/identity/access.ts";
import { checkTraces } from "../traces/may.ts";
import { mayDeleteAssessments } from "./delete-rule.ts";

const all: Resource = { type: "assessment", id: "*" };
const traces: Resource = { type: "trace", id: "*" };

type OfTrace = { trace_id: string };

/** A rule about a trace that can be read. `may` decides on its experiment. */
const ofTrace = (
  text: string,
  may: (access: Asking["db"]["scope"]["access"], experiment: Resource) => boolean,
): Rule<OfTrace> =>
  rule(`read trace, ${text}`, async ({ trace_id }, asking) => {
    await checkTraces("read", [trace_id], asking);
    const { access } = asking.db.scope;
    // Where all experiments are decided alike, nobody looked for the trace's own.
    const id = access.isUniform("experiment") ? "*" : asking.facts.get("trace", trace_id)!;
    if (!may(access, { type: "experiment", id })) throw denied();
  });

/** A grant on traces is enough, and less than one on the experiment is no hindrance. */
export const createsAssessment = ofTrace(
  "create assessment in trace",
  (access, experiment) =>
    !access.isDenied("assessment") && (access.may("update", experiment) || access.may("update", traces)),
);

export const readsAssessment = ofTrace("read assessment", (access, experiment) => access.may("read", all, experiment));

export const updatesAssessment = ofTrace("update assessment", (access, experiment) =>
  access.may("update", all, experiment),
);

export const deletesAssessment = ofTrace("delete assessment", mayDeleteAssessments);
