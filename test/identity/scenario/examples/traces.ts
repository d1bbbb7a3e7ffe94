import { randomUUID } from "node:crypto";
import { aRequest, aSpan } from "../../../traces/otlp-bodies.ts";
import type { Example, Given } from "../example.ts";
import { startedTrace, v2, v3 } from "../world.ts";

const newId = () => `tr-${randomUUID().replaceAll("-", "")}`;
const absent = { of: "absent", absent: true } as const;
const nowhere = `tr-${"f".repeat(32)}`;

const tag = { key: "size", value: "large" };
const feedback = { assessment: { assessment_name: "good", feedback: { value: true } } };

/** An assessment of a trace of its own. */
async function assessed(it: Given, more: object = {}) {
  const trace_id = await it.aTrace();
  return { path: { trace_id, assessment_id: await it.world.anAssessment(trace_id) }, ...more };
}

const placeOf = ({ experiment }: { experiment: string }) => ({
  type: "MLFLOW_EXPERIMENT",
  mlflow_experiment: { experiment_id: experiment },
});

const counted = { aggregations: [{ aggregation_type: "COUNT" }] };

const spans = (headers: Record<string, string>) => ({ headers, body: aRequest([aSpan()]) });

export const traces: Example[] = [
  { at: "POST /v1/traces", ask: ({ own }) => spans({ "x-mlflow-experiment-id": own.experiment }) },
  {
    at: "POST /v1/traces",
    of: "of a run",
    needs: "update run",
    ask: ({ own }) => spans({ "x-mlflow-experiment-id": own.experiment, "x-mlflow-run-id": own.run }),
  },
  { at: `POST ${v3}/traces`, ask: ({ own }) => ({ body: startedTrace(newId(), own.experiment) }) },
  { at: `POST ${v2}/traces`, ask: ({ own }) => ({ body: { experiment_id: own.experiment, timestamp_ms: 1 } }) },
  {
    at: `PATCH ${v2}/traces/:request_id`,
    ask: async (it) => ({ path: { request_id: await it.aTrace() }, body: { timestamp_ms: 2, status: "OK" } }),
  },
  { at: `GET ${v3}/traces/:trace_id`, ask: ({ own }) => ({ path: { trace_id: own.trace } }) },
  { at: `GET ${v3}/traces/:trace_id`, ...absent, ask: () => ({ path: { trace_id: nowhere } }) },
  { at: `GET ${v3}/traces/get`, ask: ({ own }) => ({ query: { trace_id: own.trace, allow_partial: "true" } }) },
  { at: `GET ${v3}/traces/batchGet`, ask: () => ({ query: { trace_ids: nowhere } }) },
  ...["2.0", "3.0"].map(
    (version): Example => ({
      at: `GET /ajax-api/${version}/mlflow/get-trace-artifact`,
      ask: ({ own }) => ({ query: { request_id: own.trace } }),
    }),
  ),
  { at: `GET ${v2}/traces/:request_id/info`, ask: ({ own }) => ({ path: { request_id: own.trace } }) },
  {
    at: `PATCH ${v3}/traces/:trace_id/tags`,
    ask: async (it) => ({ path: { trace_id: await it.aTrace() }, body: tag }),
  },
  {
    at: `PATCH ${v2}/traces/:request_id/tags`,
    ask: async (it) => ({ path: { request_id: await it.aTrace() }, body: tag }),
  },
  {
    at: `DELETE ${v3}/traces/:trace_id/tags`,
    ask: async (it) => ({ path: { trace_id: await it.aTrace() }, body: { key: "team" } }),
  },
  {
    at: `DELETE ${v2}/traces/:request_id/tags`,
    ask: async (it) => ({ path: { request_id: await it.aTrace() }, body: { key: "team" } }),
  },
  {
    at: `POST ${v2}/traces/link-to-run`,
    ask: async (it) => ({ body: { trace_ids: [await it.aTrace()], run_id: it.own.run } }),
  },
  {
    at: `POST ${v2}/traces/link-to-run`,
    of: "another's trace",
    on: { trace: ["other"] },
    ask: async ({ world, own, other }) => ({
      body: { trace_ids: [await world.aTrace(other.experiment)], run_id: own.run },
    }),
  },
  {
    at: `POST ${v2}/traces/link-prompts`,
    ask: async (it) => ({ body: { trace_id: await it.aTrace(), prompt_versions: [{ name: "p", version: "1" }] } }),
  },
  {
    at: `POST ${v3}/traces/delete-traces`,
    ask: async (it) => ({ body: { experiment_id: it.own.experiment, request_ids: [await it.aTrace()] } }),
  },
  {
    at: `POST ${v2}/traces/delete-traces`,
    ask: async (it) => ({ body: { experiment_id: it.own.experiment, request_ids: [await it.aTrace()] } }),
  },
  {
    at: `POST ${v3}/traces/:trace_id/assessments`,
    ask: ({ own }) => ({ path: { trace_id: own.trace }, body: feedback }),
  },
  { at: `GET ${v3}/traces/:trace_id/assessments/:assessment_id`, ask: (it) => assessed(it) },
  {
    at: `PATCH ${v3}/traces/:trace_id/assessments/:assessment_id`,
    ask: (it) => assessed(it, { body: { ...feedback, update_mask: "feedback" } }),
  },
  { at: `DELETE ${v3}/traces/:trace_id/assessments/:assessment_id`, ask: (it) => assessed(it) },
  {
    at: `POST ${v3}/traces/batchGetInfos`,
    shows: { noun: "trace" },
    ask: ({ own, other }) => ({ body: { trace_ids: [own.trace, other.trace] } }),
  },
  {
    at: `POST ${v3}/traces/search`,
    shows: { noun: "trace" },
    ask: ({ own, other }) => ({ body: { locations: [own, other].map(placeOf), max_results: 500 } }),
  },
  {
    at: `POST ${v3}/traces/search`,
    of: "by an assessment",
    needs: "assessment not denied",
    ask: ({ own }) => ({ body: { locations: [placeOf(own)], filter: "feedback.good = 'true'" } }),
  },
  {
    at: `GET ${v2}/traces`,
    shows: { noun: "trace" },
    ask: ({ own, other }) => ({ query: { experiment_ids: [own.experiment, other.experiment], max_results: "500" } }),
  },
  {
    at: `POST ${v3}/traces/metrics`,
    ask: ({ own }) => ({
      body: { ...counted, experiment_ids: [own.experiment], view_type: "TRACES", metric_name: "trace_count" },
    }),
  },
  {
    at: `POST ${v3}/traces/metrics`,
    of: "assessments",
    ask: ({ own }) => ({
      body: { ...counted, experiment_ids: [own.experiment], view_type: "ASSESSMENTS", metric_name: "assessment_count" },
    }),
  },
  {
    at: `POST ${v3}/traces/calculate-filter-correlation`,
    ask: ({ own }) => ({
      body: { experiment_ids: [own.experiment], filter_string1: "timestamp > 0", filter_string2: "timestamp > 1" },
    }),
  },
];
