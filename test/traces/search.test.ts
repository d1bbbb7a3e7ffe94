import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anExperiment } from "../factories.ts";
import { type App, startApp } from "../support/app.ts";
import { aSpan, aTrace, storeSpans, theTrace } from "../trace-factories.ts";

const base = 1_700_000_000_000;
const run = "0123456789abcdef0123456789abcdef";
const at = (second: number) => new Date(base + 1000 * second).toISOString();
const place = (experiment_id: string) => ({ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id } });

let app: App;
let experiment: string;
/** In the order of their times, the last two at one time. */
const ids = [0, 1, 2, 3].map((number) => `tr-search-${number}`);

const seeds = [
  {
    request_time: at(0),
    execution_duration: "0.010s",
    client_request_id: "client 0",
    tags: { "mlflow.traceName": "answer", team: "blue", "a b": "x" },
    trace_metadata: {
      kind: "chat",
      "mlflow.trace.session": "s",
      "mlflow.trace.tokenUsage": '{"input_tokens": 1}',
      "mlflow.trace.cost": '{"input_cost": 0.00001, "total_cost": 2}',
    },
  },
  {
    request_time: at(1),
    execution_duration: "0.030s",
    state: "ERROR",
    tags: { "mlflow.traceName": "other", team: "red" },
    trace_metadata: { "mlflow.trace.session": "s", "mlflow.sourceRun": run },
  },
  { request_time: at(2), execution_duration: "5s", tags: { team: "Blue" } },
  { request_time: at(2), execution_duration: undefined, state: "IN_PROGRESS" },
];

beforeAll(async () => {
  app = await startApp();
  experiment = await anExperiment(app);
  for (const [index, seed] of seeds.entries()) await aTrace(app, { experiment, trace_id: ids[index], ...seed });
  await storeSpans(app, ids[0]!, [
    aSpan({ name: "root" }),
    aSpan({ name: "child", parent_span_id: "x", attributes: { color: '"red"', "mlflow.spanInputs": '"a needle"' } })
      // As Python writes JSON.
      .replace('"color":', '"color": '),
  ]);
  await app.db.query("UPDATE spans SET start_time_unix_nano = $1, type = CASE name WHEN 'child' THEN 'LLM' END", [
    `${base}000000`,
  ]);
  const post = (path: string, body: object) => app.post(`/api/${path}`, body);
  const assess = (trace: string, assessment: object) =>
    post(`3.0/mlflow/traces/${trace}/assessments`, { assessment: { source: { source_type: "HUMAN" }, ...assessment } });
  await assess(ids[0]!, { assessment_name: "good", feedback: { value: "yes" } });
  await assess(ids[1]!, { assessment_name: "good", feedback: { value: true } });
  await assess(ids[2]!, { assessment_name: "score", feedback: { value: 5 } });
  await assess(ids[2]!, { assessment_name: "fact", expectation: { value: "42" } });
  await assess(ids[1]!, { assessment_name: "iss-1", issue: { issue_name: "slow" } });
  const ofSession = { "mlflow.trace.session": "s" };
  await assess(ids[0]!, { assessment_name: "tone", feedback: { value: "nice" }, metadata: ofSession });
  await post("2.0/mlflow/traces/link-to-run", { trace_ids: [ids[2]!], run_id: run });
  const prompt_versions = [{ name: "greeting", version: "1" }];
  await post("2.0/mlflow/traces/link-prompts", { trace_id: ids[2]!, prompt_versions });
});
afterAll(() => app.close());

const ask = (body: object) => app.post("/api/3.0/mlflow/traces/search", { locations: [place(experiment)], ...body });

/** Places in `ids` of what is found, in the answer's order. */
async function found(body: object): Promise<number[]> {
  const { status, body: answer } = await ask(body);
  expect([status, answer.message]).toEqual([200, undefined]);
  return (answer.traces ?? []).map(({ trace_id }: { trace_id: string }) => ids.indexOf(trace_id));
}

describe("POST 3.0/traces/search", () => {
  it("answers traces as they are answered one by one, newest first, then by their ids", async () => {
    const { body } = await ask({});
    expect(body).toEqual({ traces: await Promise.all([2, 3, 1, 0].map((index) => theTrace(app, ids[index]!))) });
  });

  it.each([
    ["status = 'OK'", [2, 0]],
    ["trace.status IN ('OK', 'ERROR')", [2, 1, 0]],
    ["attributes.status != 'OK' AND status RLIKE '^E'", [1]],
    ["client_request_id ILIKE 'CLIENT%'", [0]],
    [`timestamp > ${base} AND timestamp < ${base + 2000}`, [1]],
    [`attributes.timestamp_ms >= ${base + 1000}`, [2, 3, 1]],
    ["execution_time = 30", [1]],
    [`end_time_ms > '${base + 2000}'`, [2]],
    ["name LIKE 'a%'", [0]],
    ["tags.name = 'other'", [1]],
    ["name IS NULL", [2, 3]],
    ["tags.team ILIKE 'blue'", [2, 0]],
    ["tags.team != 'blue'", [2, 1]],
    ["tags.team IS NULL", [3]],
    ["tags.`a b` = 'x'", [0]],
    ["metadata.kind = 'chat'", [0]],
    ["metadata.kind IS NULL", [2, 3, 1]],
    ["metadata.mlflow.trace.session = 's'", [1, 0]],
    ["metadata.`mlflow.trace.session` IS NULL", [2, 3]],
    [`metadata.mlflow.trace.tokenUsage = '{"input_tokens": 1}'`, [0]],
    ["metadata.mlflow.trace.tokenUsage != 'x'", [0]],
    [`metadata.mlflow.trace.cost = '{"input_cost": 1e-05, "total_cost": 2.0}'`, [0]],
    ["metadata.mlflow.trace.cost IS NULL", [2, 3, 1]],
    [`run_id = '${run}'`, [2, 1]],
    [`run_id LIKE '${run}'`, [1]],
    ["run_id = ''", []],
    ["prompt = 'greeting/1'", [2]],
    ["span.name = 'child' AND span.type = 'LLM'", [0]],
    ["span.name = 'root' AND span.type = 'LLM'", []],
    ["span.name = 'child' AND trace.text ILIKE '%NEEDLE%'", [0]],
    ["span.name = 'root' AND trace.text LIKE '%needle%'", []],
    ["span.name NOT IN ('root', 'child')", []],
    ["span.attributes.color = 'red'", []],
    ["span.attributes.color LIKE '%red%'", [0]],
    ["span.attributes.color RLIKE '^red$'", [0]],
    [`timestamp_ms > ${base - 20_000} AND span.name = 'child'`, [0]],
    ["feedback.good = 'yes'", [0]],
    ["feedback.good != 'yes'", [1]],
    ["feedback.good = 'true'", [1]],
    ["feedback.good LIKE 'y%'", []],
    [`feedback.good LIKE '"y%'`, [0]],
    ["feedback.score = '5'", []],
    ["feedback.score = '5.0' AND feedback.score >= 5", [2]],
    ["feedback.good > 0", []],
    ["feedback.good IS NULL", [2, 3]],
    ["expectation.fact = '42'", [2]],
    ["issue.id = 'iss-1'", [1]],
  ])("finds by %s", async (filter, expected) => {
    expect(await found({ filter })).toEqual(expected);
  });

  it("takes what was said of a session as said of each of its traces", async () => {
    expect(await found({ filter: "feedback.tone = 'nice'" })).toEqual([1, 0]);
    expect(await found({ filter: "feedback.tone IS NOT NULL" })).toEqual([1, 0]);
    expect(await found({ filter: "feedback.tone IS NULL" })).toEqual([2, 3]);
    // The session goes on where nobody looks.
    const elsewhere = await anExperiment(app);
    await aTrace(app, { experiment: elsewhere, trace_metadata: { "mlflow.trace.session": "s" } });
    const { body } = await ask({ locations: [place(elsewhere)], filter: "feedback.tone = 'nice'" });
    expect(body).toEqual({});
  });

  it("leaves out spans that began long before the traces", async () => {
    const trace = await aTrace(app, { experiment: await anExperiment(app), request_time: at(60) });
    await storeSpans(app, trace, [aSpan({ name: "early" })]);
    const { body } = await app.get(`/api/3.0/mlflow/traces/${trace}`);
    const locations = [body.trace.trace_info.trace_location];
    const search = async (filter: string) => (await ask({ locations, filter })).body.traces?.length ?? 0;
    expect(await search("span.name = 'early'")).toBe(1);
    expect(await search(`span.name = 'early' AND timestamp_ms < ${base * 2}`)).toBe(1);
    expect(await search(`span.name = 'early' AND timestamp_ms > ${base}`)).toBe(0);
  });

  it.each([
    ["timestamp ASC", [0, 1, 2, 3]],
    ["execution_time DESC", [2, 1, 0, 3]],
    ["end_time", [0, 1, 3, 2]],
    ["name DESC", [1, 0, 2, 3]],
    ["tags.name", [0, 1, 2, 3]],
    ["metadata.mlflow.trace.session", [1, 0, 2, 3]],
    ["run_id", [1, 2, 3, 0]],
  ])("orders by %s, with what lacks it last", async (order, expected) => {
    expect(await found({ order_by: [order] })).toEqual(expected);
  });

  it("pages, and says where the next page begins only if there is one", async () => {
    const first = await ask({ max_results: 3 });
    expect(Buffer.from(first.body.next_page_token, "base64").toString()).toBe('{"offset": 3}');
    const second = await ask({ max_results: 3, page_token: first.body.next_page_token });
    expect([first, second].map(({ body }) => body.traces.length)).toEqual([3, 1]);
    expect(second.body.next_page_token).toBeUndefined();
    expect((await ask({ max_results: 4 })).body.next_page_token).toBeUndefined();
  });

  it("looks in the experiments that are named, deleted ones too", async () => {
    const other = await anExperiment(app);
    const trace = await aTrace(app, { experiment: other });
    await app.post("/api/2.0/mlflow/experiments/delete", { experiment_id: other });
    const { body } = await ask({ locations: [place(other)] });
    expect(body.traces.map(({ trace_id }: { trace_id: string }) => trace_id)).toEqual([trace]);
    expect((await ask({ locations: [place(experiment), place(other)] })).body.traces).toHaveLength(5);
    for (const locations of [[], [{}], [place("99999999999")]]) expect((await ask({ locations })).body).toEqual({});
  });

  it.each([
    [{ filter: "text LIKE 'x'" }, "Invalid clause(s) in filter string: 'text', 'LIKE', ''x''"],
    [{ filter: "assessment.x = 'y'" }, "Invalid entity type 'assessment'. Valid values are {"],
    [{ filter: "trace_id = 'y'" }, "Invalid attribute key 'trace_id' specified."],
    [{ filter: "name IN ('a')" }, "Invalid comparator 'IN' not one of '{"],
    [{ filter: "status = 5" }, "Only the '{"],
    [{ filter: "timestamp_ms > 'x'" }, "Invalid value for numeric attribute 'timestamp_ms': 'x'"],
    [{ filter: "feedback.x = 5" }, "Expected a quoted string value for feedback (e.g. 'my-value'). Got value 5"],
    [{ filter: "feedback.x > '5'" }, "Expected a numeric value for feedback when using comparator '>'. Got value '5'"],
    [{ filter: "span.nope = 'x'" }, "Invalid span attribute 'nope'."],
    [{ filter: "prompt = 'x'" }, "Invalid prompts filter value 'x'."],
    [{ filter: "metadata.mlflow.trace.cost LIKE 'x'" }, "Comparator 'LIKE' is not supported for reserved metadata"],
    [{ order_by: ["tags.a", "tags.a DESC"] }, "`order_by` contains duplicate fields: ['tags.a', 'tags.a DESC']"],
    [{ order_by: ["span.name"] }, "Invalid identifier type 'span'"],
    [{ max_results: 501 }, "Invalid value 501 for parameter 'max_results' supplied:"],
    [{ max_results: 0 }, "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"],
    [{ locations: null }, "Missing value for required parameter 'locations'."],
    [{ locations: [place("a.b")] }, "Locations must be a list of experiment IDs. Found invalid experiment IDs: a.b."],
    [{ locations: [place("x")] }, "Invalid experiment ID 'x'."],
  ])("refuses %j", async (fields, message) => {
    const { status, body } = await ask(fields);
    expect([status, body.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
    expect(body.message).toContain(message);
  });

  it("says so where a pattern is no regular expression", async () => {
    const { status, body } = await ask({ filter: "tags.team RLIKE '('" });
    expect([status, body.error_code]).toEqual([400, "BAD_REQUEST"]);
    expect(body.message).toBe("A pattern is no regular expression that the database can read.");
  });
});

describe("a search that takes too long", () => {
  it("is told so where it looks into texts, and is not asked for again", async () => {
    const impatient = await startApp({ MLFLOW_FUNCTIONS_STATEMENT_TIMEOUT_SECONDS: "1" });
    try {
      const trace = await aTrace(impatient);
      await storeSpans(impatient, trace, [aSpan({ name: "a".repeat(8001) })]);
      const locations = [(await theTrace(impatient, trace)).trace_location];
      // Only an even number of letters can match.
      const filter = "span.name RLIKE '^(a+)(a+)(a+)\\1\\2\\3$'";
      const { status, body } = await impatient.post("/api/3.0/mlflow/traces/search", { locations, filter });
      expect([status, body.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
      expect(body.message).toContain("The search took longer than the database allows");
    } finally {
      await impatient.close();
    }
  });
});

describe("GET 2.0/traces", () => {
  it("answers the same in the older form", async () => {
    const query = { experiment_ids: experiment, max_results: "1", filter: "status = 'ERROR'" };
    const { body } = await app.get("/api/2.0/mlflow/traces", query);
    const info = await app.get(`/api/2.0/mlflow/traces/${ids[1]}/info`);
    expect(body).toEqual({ traces: [info.body.trace_info] });
    const none = await app.get("/api/2.0/mlflow/traces");
    expect([none.status, none.body.message]).toEqual([
      400,
      "Missing value for required parameter 'experiment_ids'. See the API docs for more information about request parameters.",
    ]);
  });
});
