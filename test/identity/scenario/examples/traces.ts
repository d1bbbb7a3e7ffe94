import { randomUUID } from "node:crypto";
import type { Example } from "../example.ts";
import { startedTrace, v2, v3 } from "../world.ts";

const newId = () => `tr-${randomUUID().replaceAll("-", "")}`;
const absent = { of: "absent", absent: true } as const;
const nowhere = `tr-${"f".repeat(32)}`;

export const traces: Example[] = [
  { at: `POST ${v3}/traces`, ask: ({ own }) => ({ body: startedTrace(newId(), own.experiment) }) },
  { at: `POST ${v2}/traces`, ask: ({ own }) => ({ body: { experiment_id: own.experiment, timestamp_ms: 1 } }) },
  {
    at: `PATCH ${v2}/traces/:request_id`,
    ask: async (it) => ({ path: { request_id: await it.aTrace() }, body: { timestamp_ms: 2, status: "OK" } }),
  },
  { at: `GET ${v3}/traces/:trace_id`, ask: ({ own }) => ({ path: { trace_id: own.trace } }) },
  { at: `GET ${v3}/traces/:trace_id`, ...absent, ask: () => ({ path: { trace_id: nowhere } }) },
  { at: `GET ${v2}/traces/:request_id/info`, ask: ({ own }) => ({ path: { request_id: own.trace } }) },
  {
    at: `POST ${v3}/traces/batchGetInfos`,
    shows: { noun: "trace" },
    ask: ({ own, other }) => ({ body: { trace_ids: [own.trace, other.trace] } }),
  },
];
