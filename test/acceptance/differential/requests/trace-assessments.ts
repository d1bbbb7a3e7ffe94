import { each, type Recorded, requestsOf } from "../request.ts";
import { start, traceId, unique } from "./trace-parts.ts";

const { get, post, patch, remove } = requestsOf("assessments", "/api/3.0/mlflow");
const v2 = requestsOf("assessments", "/api/2.0/mlflow");

const one = traceId(2001);
const all = `/traces/${one}/assessments`;
const at = (name: string) => `${all}/$${name}`;
const add = (name: string, assessment: object, saved?: string): Recorded =>
  post(name, all, { assessment }, saved ? { save: { [saved]: "assessment.assessment_id" } } : {});
/** Not read again, for stock takes in parts what we refuse. */
const junk = (name: string, assessment: object): Recorded =>
  post(name, `/traces/${traceId(2005)}/assessments`, { assessment });
const judged = (value: unknown, more: object = {}) => ({ assessment_name: "good", feedback: { value }, ...more });
const expected = (value: unknown, more: object = {}) => ({
  assessment_name: "answer",
  expectation: { value },
  ...more,
});
const serialized = (value: string, serialization_format = "JSON_FORMAT") => ({
  assessment_name: "answer",
  expectation: { serialized_value: { serialization_format, value } },
});

const creating = [
  v2.post("an experiment", "/experiments/create", { name: unique("assessed") }, { save: { exp: "experiment_id" } }),
  post("a trace", "/traces", start(one)),
  post("a trace for junk", "/traces", start(traceId(2005))),
  add("feedback", judged(5), "number"),
  ...each(["text", "Yes ", "no", true, false, 0, -1.5, 1e20, 1e-7, 0.1, null, "", "ünï 🔑", "a\0b"], (value, shown) =>
    add(`feedback ${shown}`, judged(value)),
  ),
  ...each([[], {}, [1, "a", null, [true]], { a: { b: [1.5] }, ü: "ö" }], (value, shown) =>
    add(`feedback ${shown}`, judged(value)),
  ),
  add(
    "feedback with everything",
    judged("yes", {
      trace_id: "other",
      span_id: "0123456789abcdef",
      source: { source_type: "HUMAN", source_id: "me" },
      create_time: "2023-11-14T22:13:20.5Z",
      last_update_time: "2023-11-14T22:13:21Z",
      rationale: "since",
      metadata: { k: "ü", "mlflow.assessment.sourceRunId": "0123456789abcdef0123456789abcdef" },
      valid: false,
    }),
    "full",
  ),
  add("feedback with an error", {
    assessment_name: "failed",
    feedback: { error: { error_code: "E", error_message: "m", stack_trace: "s" } },
  }),
  add("feedback with a short error", { assessment_name: "failed", feedback: { error: { error_code: "E" } } }, "failed"),
  add("feedback with a long stack trace", {
    assessment_name: "failed",
    feedback: { value: 1, error: { error_code: "E", stack_trace: `${"x".repeat(2000)}${"y".repeat(9000)}` } },
  }),
  add("feedback without a value", { assessment_name: "none", feedback: {} }),
  add("feedback without a name", { feedback: { value: 1 } }),
  ...each(["LLM_JUDGE", "CODE", "SOURCE_TYPE_UNSPECIFIED", 1], (source_type, shown) =>
    add(`feedback by ${shown}`, judged(1, { source: { source_type, source_id: "x" } })),
  ),
  junk("feedback by an odd source", judged(1, { source: { source_type: "AI_JUDGE", source_id: "x" } })),
  add("feedback with empty texts", judged(1, { rationale: "", span_id: "", overrides: "", metadata: {} })),
  add("an expectation", expected(7), "seven"),
  ...each(["text", true, 0.5, [1, "a"], { a: 1 }], (value, shown) => add(`the expectation ${shown}`, expected(value))),
  add("an expectation with a rationale", expected("x", { rationale: "since", metadata: { a: "b" } })),
  add("an expectation without a value", { assessment_name: "none", expectation: {} }),
  add("a null expectation", expected(null)),
  ...each(['{"a": 1, "b": [1.50, "ü", 1e3]}', "[]", "12", '"text"', "null", " {\n} ", "-0", "1.0"], (value, shown) =>
    add(`the serialized ${shown}`, serialized(value)),
  ),
  add("a serialized value that is no JSON", serialized("{")),
  add("a serialized value of another format", serialized("1", "X")),
  add("an issue", { assessment_name: "iss-1", issue: { issue_name: "slow" }, rationale: "since" }, "issue"),
  add("no value", { assessment_name: "none" }),
  add("nothing", {}),
  junk("two values", { assessment_name: "two", feedback: { value: 1 }, expectation: { value: 1 } }),
  post("without an assessment", all, {}),
  post("a number as assessment", all, { assessment: 5 }),
  add("a name too long", judged(1, { assessment_name: "n".repeat(251) })),
  add("a span too long", judged(1, { span_id: "n".repeat(51) })),
  add("an id too long", judged(1, { assessment_id: "n".repeat(51) })),
  add("a run too long", judged(1, { metadata: { "mlflow.assessment.sourceRunId": "r".repeat(33) } })),
  junk("an odd time", judged(1, { create_time: "yesterday" })),
  junk("metadata that is no map", judged(1, { metadata: [] })),
  add("an own id", judged(1, { assessment_id: `a-${traceId(1)}` })),
  add("an id that is taken", judged(1, { assessment_id: `a-${traceId(1)}` })),
  post("of an unknown trace", "/traces/nope/assessments", { assessment: judged(1) }),
];

const overriding = [
  add("override", judged(6, { overrides: "$number" }), "later"),
  get("the overridden one", at("number")),
  add("override an unknown one", judged(6, { overrides: "nope" })),
  add("override with an expectation", expected(6, { overrides: "$number" })),
  get("the later one", at("later")),
  remove("delete the later one", at("later")),
  get("the overridden one, again", at("number")),
  get("the later one, deleted", at("later")),
];

const change = (name: string, saved: string, update_mask: unknown, assessment: object) =>
  patch(name, at(saved), { assessment, update_mask });
const changed = {
  assessment_name: "better",
  feedback: { value: 9 },
  rationale: "new",
  metadata: { k: "2", z: "1" },
  valid: false,
};

const updating = [
  ...each(
    ["assessmentName", "feedback", "rationale", "metadata", "feedback,rationale", "assessmentName,metadata", "nope"],
    (mask, shown) => change(`update ${shown}`, "full", mask, changed),
  ),
  get("updated", at("full")),
  ...each(["assessment_name", "feedback.value", 5, ["feedback"], "", null], (mask, shown) =>
    change(`update with the mask ${shown}`, "full", mask, changed),
  ),
  change("update whether it is valid", "full", "valid", changed),
  change("update to nothing", "full", "feedback,rationale,metadata", {}),
  change("update to an error", "full", "feedback", { feedback: { error: { error_code: "E" } } }),
  change("update an error to a value", "failed", "feedback", { feedback: { value: "yes" } }),
  change("update an expectation", "seven", "expectation,rationale", { expectation: { value: "v" }, rationale: "r" }),
  change("update an expectation to a list", "seven", "expectation", {
    expectation: { serialized_value: { serialization_format: "JSON_FORMAT", value: "[1]" } },
  }),
  change("update an expectation to none", "seven", "expectation", {}),
  change("update an expectation as feedback", "seven", "feedback", { feedback: { value: 1 } }),
  change("update feedback as an expectation", "full", "expectation", { expectation: { value: 1 } }),
  change("update both values", "full", "expectation,feedback", { expectation: { value: 1 } }),
  change("update with a name too long", "full", "assessmentName", { assessment_name: "n".repeat(251) }),
  patch("update without a mask", at("full"), { assessment: {} }),
  patch("update without an assessment", at("full"), { update_mask: "rationale" }),
  patch("update an unknown one", `${all}/nope`, { assessment: changed, update_mask: "rationale" }),
  patch("update one of an unknown trace", "/traces/nope/assessments/x", { assessment: {}, update_mask: "rationale" }),
];

const reading = [
  get("an unknown one", `${all}/nope`),
  get("one of an unknown trace", "/traces/nope/assessments/x"),
  get("one by another trace", `/traces/${traceId(1)}/assessments/$number`),
  get("all of them", `/traces/${one}`),
  remove("delete an unknown one", `${all}/nope`),
  remove("delete one of an unknown trace", "/traces/nope/assessments/x"),
  remove("delete one", at("number")),
  remove("delete it again", at("number")),
  // Not read again, for stock can't do it.
  change("update an issue", "issue", "rationale", { rationale: "q" }),
];

const withTrace = [
  post(
    "start with assessments",
    "/traces",
    start(traceId(2002), { assessments: [judged("yes", { rationale: "r" }), expected({ a: 1 }), judged(2)] }),
  ),
  get("start with assessments, read", `/traces/${traceId(2002)}`),
  post("start with an odd assessment", "/traces", start(traceId(2003), { assessments: [{}] })),
  post("start with a text as assessments", "/traces", start(traceId(2004), { assessments: "x" })),
];

export const traceAssessments: readonly Recorded[] = [
  ...creating,
  ...overriding,
  ...updating,
  ...reading,
  ...withTrace,
];
