/** What metrics are asked of: traces over three days, spans and assessments. */
import { type Recorded, requestsOf } from "../request.ts";
import { run } from "./trace-metrics-cases.ts";
import { experiment, start, traceId, unique } from "./trace-parts.ts";

const { any, post } = requestsOf("trace metrics", "/api/3.0/mlflow");
const v2 = requestsOf("trace metrics", "/api/2.0/mlflow");

const id = (number: number) => traceId(8000 + number);
export const day = 86_400_000;
export const base = 1_700_000_000_000;
const hex = traceId(8100).slice(3);

const usage = (index: number) => ({
  "mlflow.trace.tokenUsage": JSON.stringify({
    input_tokens: 10 * index + 1,
    output_tokens: index,
    total_tokens: 11 * index + 1,
    cache_read_input_tokens: 2 * index,
    cache_creation_input_tokens: 3,
  }),
});

/** Over three days; the last has no name, no time and no token counts. */
const seeds = [0, 1, 2, 3, 4, 5].map((index) => ({
  request_time: new Date(base + index * (day / 2)).toISOString(),
  execution_duration: index === 5 ? undefined : `0.${10 + 7 * index}0s`,
  state: ["OK", "OK", "ERROR", "OK", "OK", "IN_PROGRESS"][index],
  tags: index === 5 ? {} : { "mlflow.traceName": index % 2 ? "chat" : "answer", team: index < 3 ? "blue" : "red" },
  trace_metadata: {
    kind: index < 2 ? "a" : "b",
    ...(index < 4 && { "mlflow.trace.session": index < 2 ? "s1" : "s2" }),
    ...(index < 5 && usage(index)),
    ...(index === 4 && { "mlflow.sourceRun": run }),
  },
}));

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const nanos = (millis: number, more = 0) => String(BigInt(base + millis) * 1_000_000n + BigInt(more));

const span = (number: number, name: string, begin: number, length: number, code: number, attributes: object[]) => ({
  traceId: hex,
  spanId: `00000000000000b${number}`,
  ...(number > 0 && { parentSpanId: "00000000000000b0" }),
  name,
  startTimeUnixNano: nanos(begin),
  endTimeUnixNano: nanos(begin, length),
  status: { code },
  attributes,
});

const llm = (model: string, input: number) => [
  attribute("mlflow.spanType", "LLM"),
  attribute("mlflow.llm.model", JSON.stringify(model)),
  attribute("mlflow.llm.provider", '"maker"'),
  attribute("mlflow.llm.cost", JSON.stringify({ input_cost: input, output_cost: 0.5, total_cost: input + 0.5 })),
];

const exported = any("export", "POST", "/v1/traces", {
  body: {
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              span(0, "root", 0, 900_000_000, 1, [attribute("mlflow.spanType", "CHAIN")]),
              span(1, "ask", 10, 1_500_000, 1, llm("big", 0.25)),
              span(2, "ask", day, 999_999, 2, llm("small", 0.125)),
              span(3, "look up", 20, 70_000_000, 1, [attribute("mlflow.spanType", "TOOL")]),
              span(4, "look up", 30, 30_000_000, 2, [attribute("mlflow.spanType", "TOOL")]),
            ],
          },
        ],
      },
    ],
  },
  headers: { "x-mlflow-experiment-id": "$exp" },
});

const assess = (name: string, trace: string, assessment: object) =>
  post(`assess by ${name}`, `/traces/${trace}/assessments`, {
    assessment: { source: { source_type: "HUMAN" }, ...assessment },
  });

export const seeded: Recorded[] = [
  v2.post(
    "an experiment",
    "/experiments/create",
    { name: unique("trace metrics") },
    { save: { exp: "experiment_id" } },
  ),
  v2.post("another", "/experiments/create", { name: unique("trace metrics 2") }, { save: { other: "experiment_id" } }),
  ...seeds.map((seed, index) => post(`start ${index}`, "/traces", start(id(index), seed))),
  post("start one elsewhere", "/traces", start(id(50), { trace_location: experiment("$other") })),
  exported,
  assess("a number", id(0), { assessment_name: "score", feedback: { value: 4 } }),
  assess("another", id(1), { assessment_name: "score", feedback: { value: 0.5 } }),
  assess("a flag", id(2), { assessment_name: "good", feedback: { value: true } }),
  assess("another flag", id(3), { assessment_name: "good", feedback: { value: false } }),
  assess("a yes", id(3), { assessment_name: "verdict", feedback: { value: "yes" } }),
  assess("a text", id(4), { assessment_name: "verdict", feedback: { value: "maybe" } }),
  assess("an error", id(4), { assessment_name: "score", feedback: { error: { error_code: "E" } } }),
  assess("an expectation", id(0), { assessment_name: "score", expectation: { value: 7 } }),
  assess("what is overridden", id(1), {
    assessment_id: `a-metrics-${hex.slice(-8)}`,
    assessment_name: "gone",
    feedback: { value: 1 },
  }),
  assess("what overrides", id(1), {
    assessment_name: "gone",
    feedback: { value: 2 },
    overrides: `a-metrics-${hex.slice(-8)}`,
  }),
  v2.post("link to a run", "/traces/link-to-run", { trace_ids: [id(1)], run_id: run }),
];
