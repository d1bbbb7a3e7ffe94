import { randomUUID } from "node:crypto";

/** Of the ids that clients give, so that requests can be sent to a server again. */
const word = randomUUID().slice(0, 8);

export const unique = (name: string) => `${name} ${word}`;

/** A trace's id: `tr-<number>...`. */
export const traceId = (number: number) => `tr-${String(number).padStart(24, "0")}${word}`;

export const experiment = (id = "$exp") => ({ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: id } });

/** The body of a start; a member that is undefined is left out. */
export const start = (trace_id: unknown, more: object = {}) => ({
  trace: {
    trace_info: {
      trace_id,
      trace_location: experiment(),
      request_time: "2023-11-14T22:13:20Z",
      execution_duration: "0.005s",
      state: "OK",
      ...more,
    },
  },
});
