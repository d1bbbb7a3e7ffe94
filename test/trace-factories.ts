import { randomUUID } from "node:crypto";
import { anExperiment } from "./factories.ts";
import type { App } from "./support/app.ts";

/** The body that starts a trace in an experiment. */
export const started = (experiment_id: string, fields: object) => ({
  trace: {
    trace_info: {
      trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id } },
      request_time: "2023-11-14T22:13:20Z",
      execution_duration: "0.005s",
      state: "OK",
      ...fields,
    },
  },
});

/** Starts a trace, in an experiment of its own unless one is given, and answers its id. */
export async function aTrace(app: App, given: Record<string, unknown> & { experiment?: string } = {}): Promise<string> {
  const { experiment, ...fields } = given;
  const trace_id = `tr-${randomUUID().replaceAll("-", "")}`;
  const body = started(experiment ?? (await anExperiment(app)), { trace_id, ...fields });
  const answer = await app.post("/api/3.0/mlflow/traces", body);
  return answer.body.trace.trace_info.trace_id;
}

/** The trace as `GET 3.0/traces/:id` answers it. */
export async function theTrace(app: App, id: string) {
  const { body } = await app.get(`/api/3.0/mlflow/traces/${encodeURIComponent(id)}`);
  return body.trace.trace_info;
}
