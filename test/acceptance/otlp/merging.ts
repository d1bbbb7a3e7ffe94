/** Spans of a trace that come in several requests, and its totals. */
import { aRequest, attributesOf, type SpanInput, type Value } from "../../traces/otlp-bodies.ts";
import { type Case, childOf, one, span } from "./case.ts";

const usage = (input_tokens: unknown, more: object = {}) => ({
  "mlflow.chat.tokenUsage": JSON.stringify({ input_tokens, output_tokens: 2, total_tokens: 9, ...more }),
});
const cost = (total_cost: unknown) => ({
  "mlflow.llm.cost": JSON.stringify({ input_cost: 0.25, output_cost: 0.5, total_cost }),
});

const roots = Array.from({ length: 12 }, (_, at) => span({ name: `root ${at}` }));
const [late, tree, again, priced, doubled, odd, chained, states, twoRoots, foreign, wide, mixed] = roots as [
  SpanInput,
  ...SpanInput[],
] &
  SpanInput[];
const with_ = (base: SpanInput, attributes: Record<string, Value>, given: Partial<SpanInput> = {}): SpanInput => ({
  ...base,
  ...given,
  attributes: attributesOf(attributes),
});
const middle = childOf(chained!);
const leaf = childOf(middle, usage(3));

export const merging: Case[] = [
  { name: "a child first", body: aRequest([childOf(late, {}, { startTimeUnixNano: "1699999999000000000" })]) },
  { name: "its root later", body: aRequest([with_(late, { "mlflow.spanInputs": "q" })]) },
  { name: "a late child", body: aRequest([childOf(late, {}, { endTimeUnixNano: "1700000005000000000" })]) },
  {
    name: "the root again, changed",
    body: aRequest([with_(late, { "mlflow.spanInputs": "other", "mlflow.spanOutputs": "a" }, { status: { code: 2 } })]),
  },
  {
    name: "usage of a tree",
    body: aRequest([tree!, childOf(tree!, usage(5)), childOf(tree!, usage(6, { cache_read_input_tokens: 4 }))]),
  },
  { name: "more usage of it", body: aRequest([childOf(tree!, usage(7, { cache_creation_input_tokens: 1 }))]) },
  { name: "its root with usage", body: aRequest([with_(tree!, usage(100))]) },
  { name: "a span again", body: aRequest([with_(again!, { a: 1 })]) },
  { name: "the span again", body: aRequest([with_(again!, { b: 2 }, { name: "other" })]) },
  { name: "costs of a tree", body: aRequest([childOf(priced!, cost(0.75)), childOf(priced!, cost(1.5))]) },
  { name: "more costs of it", body: aRequest([childOf(priced!, { ...cost(2), ...usage(1) }), priced!]) },
  {
    name: "a span twice at once",
    body: aRequest([with_(doubled!, { a: 1 }), with_(doubled!, { a: 2 })]),
    differs: { status: 200, why: "the last one holds; stock answers 400 with SQL" },
  },
  one("usage of odd numbers", usage(1.5)),
  one("usage of whole floats", usage(2.0, { total_tokens: true })),
  one("usage that is a text", usage("5")),
  one("usage that is null", usage(null)),
  one("usage that is no JSON", { "mlflow.chat.tokenUsage": "junk" }),
  one("usage that is a list", { "mlflow.chat.tokenUsage": "[1]" }),
  one("usage that is empty", { "mlflow.chat.tokenUsage": "{}" }),
  one("a cost that is a text", { "mlflow.llm.cost": '{"input_cost": "0.5"}' }),
  one("a cost that is a list", { "mlflow.llm.cost": "[1]" }),
  one("a cost that is no JSON", { "mlflow.llm.cost": "junk" }),
  one("a cost that is empty", { "mlflow.llm.cost": "{}" }),
  {
    name: "usage below usage that is no object",
    body: aRequest([with_(odd!, { "mlflow.chat.tokenUsage": "5" }), childOf(odd!, usage(4))]),
  },
  { name: "a leaf", body: aRequest([leaf]) },
  { name: "what is between", body: aRequest([middle]) },
  { name: "a root above both with usage", body: aRequest([with_(chained!, usage(9))]) },
  { name: "an error first", body: aRequest([with_(states!, {}, { status: { code: 2 } })]) },
  { name: "then ok", body: aRequest([with_(states!, {}, { status: { code: 1 } })]) },
  {
    name: "two roots",
    body: aRequest([
      with_(twoRoots!, { "mlflow.spanInputs": "1", "session.id": "one", "user.id": "u1" }, { status: { code: 2 } }),
      span({ traceId: twoRoots!.traceId }, { "mlflow.spanInputs": "2", "session.id": "two", "user.id": "u2" }),
    ]),
  },
  {
    name: "a user and a session later",
    body: aRequest([childOf(twoRoots!, { "session.id": "three", "user.id": "u3" })]),
  },
  { name: "of an experiment", body: aRequest([foreign!]) },
  { name: "the same of another", experiment: "other", body: aRequest([foreign!]) },
  { name: "the same of none", experiment: "abc", body: aRequest([foreign!]) },
  {
    name: "many traces",
    body: {
      resourceSpans: [
        { resource: { attributes: attributesOf({ a: 1 }) }, scopeSpans: [{ spans: [wide!, span()] }] },
        {
          resource: { attributes: attributesOf({ b: 2 }) },
          scopeSpans: [{ spans: [childOf(wide!)] }, { spans: [span()] }],
        },
      ],
    },
  },
  {
    name: "of a run",
    headers: { "x-mlflow-run-id": "0123456789abcdef0123456789abcdef" },
    body: aRequest([mixed!, childOf(span())]),
  },
  {
    name: "of the run again",
    headers: { "x-mlflow-run-id": "0123456789abcdef0123456789abcdef" },
    body: aRequest([mixed!]),
  },
  { name: "of a run with a long id", headers: { "x-mlflow-run-id": "r".repeat(40) }, body: aRequest([span()]) },
];
