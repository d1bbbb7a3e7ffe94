import { each, type Recorded, raw, requestsOf } from "../request.ts";
import { start, traceId, unique } from "./trace-parts.ts";

const { any, get, post } = requestsOf("trace spans", "/api/3.0/mlflow");
const v2 = requestsOf("trace spans", "/api/2.0/mlflow");

const [started, filed, broken] = [traceId(3001), traceId(3002), traceId(3003)];
const picture = "7d5a1a3e-0c1f-4f3e-9a52-64d0e3a4d111";
const upload = (name: string, id: string, path: string, content: string): Recorded =>
  any(name, "PUT", `/api/2.0/mlflow-artifacts/artifacts/$exp/traces/${id}/artifacts/${path}`, { body: raw(content) });
const artifact = (name: string, query: Record<string, string>, version = "2.0"): Recorded =>
  any(name, "GET", `/ajax-api/${version}/mlflow/get-trace-artifact`, { query });

const whole = (value: string) => ({ intValue: value });
const text = (value: string) => ({ stringValue: value });
const attributes = [
  { key: "text", value: text("ünï 🔑") },
  { key: "int", value: whole("9223372036854775807") },
  { key: "double", value: { doubleValue: 2 } },
  { key: "flag", value: { boolValue: true } },
  { key: "list", value: { arrayValue: { values: [whole("1"), text("a"), {}] } } },
  {
    key: "dict",
    value: {
      kvlistValue: {
        values: [
          { key: "a", value: whole("1") },
          { key: "b", value: {} },
        ],
      },
    },
  },
  { key: "json", value: text('{"a": [1.0, 2]}') },
  { key: "empty", value: text("") },
  { key: "none", value: {} },
];
const nanos = "1700000000101937187";

/** Spans of a trace as an exporter sends them. */
const spans = (name: string, number: number, ...sent: object[]): Recorded =>
  any(name, "POST", "/v1/traces", {
    body: {
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: sent.map((span, index) => ({
                traceId: traceId(number).slice(3),
                spanId: `${number}0${index}`.padStart(16, "0"),
                name: "root",
                kind: 1,
                startTimeUnixNano: nanos,
                endTimeUnixNano: "1700000000512484081",
                ...span,
              })),
            },
          ],
        },
      ],
    },
    headers: { "x-mlflow-experiment-id": "$exp" },
  });
const parentSpanId = `${"3011".padStart(14, "0")}00`;

const stored = [
  spans(
    "export spans",
    3011,
    { attributes, kind: 2, status: { code: 1 } },
    {
      parentSpanId,
      name: "child",
      status: { code: 2, message: "wrong" },
      events: [{ timeUnixNano: nanos, name: "ev", attributes: [{ key: "a", value: whole("1") }] }],
    },
    {
      parentSpanId,
      name: "linked",
      links: [{ traceId: "1".padStart(32, "0"), spanId: "2".padStart(16, "0"), attributes }],
    },
  ),
  get("get stored spans", "/traces/get", { trace_id: traceId(3011), allow_partial: "False" }),
  artifact("stored spans as a file", { request_id: traceId(3011) }),
  post(
    "announce more spans",
    "/traces",
    start(traceId(3011), { trace_metadata: { "mlflow.trace.sizeStats": '{"num_spans": 4}' } }),
  ),
  get("get incomplete spans", "/traces/get", { trace_id: traceId(3011), allow_partial: "true" }),
  get("get incomplete spans, whole", "/traces/get", { trace_id: traceId(3011) }),
  get("get all, incomplete", "/traces/batchGet", { trace_ids: traceId(3011) }),
  spans("export another span", 3012, { parentSpanId, name: "orphan", endTimeUnixNano: "0" }),
  get("get an orphan", "/traces/get", { trace_id: traceId(3012) }),
  get("get all of several", "/traces/batchGet", { trace_ids: [traceId(3012), traceId(3011), traceId(3012)] }),
];

export const traceSpans: readonly Recorded[] = [
  v2.post("an experiment", "/experiments/create", { name: unique("spans") }, { save: { exp: "experiment_id" } }),
  ...[started, filed, broken].map((id, index) => post(`start ${index}`, "/traces", start(id))),
  upload("upload spans", filed, "traces.json", '{"spans": []}'),
  upload("upload an attachment", filed, `attachments/${picture}`, "ünï"),
  upload("upload what holds no spans", broken, "traces.json", "nonsense"),
  ...stored,
  artifact("the file", { request_id: filed }),
  artifact("the file in version 3", { request_id: filed }, "3.0"),
  artifact("a file that holds no spans", { request_id: broken }),
  artifact("no file", { request_id: started }),
  artifact("the file of an unknown trace", { request_id: "nope" }),
  artifact("the file of no trace", {}),
  artifact("the file of an empty id", { request_id: "" }),
  artifact("an attachment", { request_id: filed, path: picture }),
  artifact("an attachment that is not there", { request_id: started, path: picture }),
  artifact("an attachment of an unknown trace", { request_id: "nope", path: picture }),
  artifact("an attachment of no trace", { path: picture }),
  ...each(["x", "traces.json", picture.toUpperCase(), picture.replaceAll("-", ""), "../x", "/x", ""], (path, shown) =>
    artifact(`the attachment '${shown}'`, { request_id: filed, path }),
  ),
  any("a file for clients", "GET", "/api/2.0/mlflow/get-trace-artifact", { query: { request_id: filed } }),
  get("get an unknown trace", "/traces/get", { trace_id: "nope" }),
  get("get no trace", "/traces/get"),
  get("get an empty id", "/traces/get", { trace_id: "" }),
  get("get in camel case", "/traces/get", { traceId: started }),
  get("get with an odd flag", "/traces/get", { trace_id: started, allow_partial: "x" }),
  get("get one in a file", "/traces/get", { trace_id: filed, allow_partial: "true" }),
  get("get one without spans", "/traces/get", { trace_id: started, allow_partial: "true" }),
  get("get one without spans, whole", "/traces/get", { trace_id: started, allow_partial: "False" }),
  get("get all of none", "/traces/batchGet"),
  get("get all of unknown ones", "/traces/batchGet", { trace_ids: ["nope", "no", ""] }),
  get("get all in an odd experiment", "/traces/batchGet", { trace_ids: "nope", experiment_ids: "abc" }),
  get("get all in an unknown experiment", "/traces/batchGet", { trace_ids: started, experiment_ids: "99999999" }),
  get("get all, one without spans among them", "/traces/batchGet", { trace_ids: [started, filed] }),
];
