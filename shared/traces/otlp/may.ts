/** Who may send spans. */
import { rule } from "../../access/rules.ts";
import { createsInside } from "../../experiments/may.ts";
import type { Rule } from "../../platform/http/route.ts";
import { checkRuns } from "../../runs/may.ts";

const creates = createsInside("trace");

/** To create a trace in the experiment that a header names, and to change the run that another one names. */
export const exportsTraces: Rule<unknown> = rule(creates.text, async (_, asking) => {
  const header = (name: string) => asking.request.header(name);
  await creates.check({ experiment_id: header("x-mlflow-experiment-id") ?? "" }, asking);
  const run = header("x-mlflow-run-id");
  if (run) await checkRuns("update", [run], asking);
});
