import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anExperiment } from "../factories.ts";
import { type App, startApp } from "../support/app.ts";
import { aSpan, aTrace, storeSpans } from "../trace-factories.ts";

const base = 1_700_000_000_000;
const day = 86_400_000;
const run = "d".repeat(32);

let app: App;
let experiment: string;

beforeAll(async () => {
  app = await startApp();
  experiment = await anExperiment(app);
  const ids: string[] = [];
  for (const index of [0, 1, 2, 3]) {
    ids.push(
      await aTrace(app, {
        experiment,
        request_time: new Date(base + index * day).toISOString(),
        execution_duration: index === 3 ? undefined : `0.${index + 1}00s`,
        state: index === 1 ? "ERROR" : "OK",
        tags: index === 3 ? {} : { "mlflow.traceName": index === 2 ? "chat" : "answer" },
        trace_metadata: {
          "mlflow.trace.session": index < 2 ? "s1" : "s2",
          "mlflow.trace.tokenUsage": JSON.stringify({ input_tokens: index }),
          ...(index === 1 && { "mlflow.sourceRun": run }),
        },
      }),
    );
  }
  await storeSpans(app, ids[0]!, [aSpan({ name: "root" }), aSpan({ name: "ask" }), aSpan({ name: "ask" })]);
  await app.db.query(
    `UPDATE spans SET start_time_unix_nano = $1, end_time_unix_nano = $1::bigint + 1999999,
       model_name = CASE name WHEN 'ask' THEN 'big' END, total_cost = CASE name WHEN 'ask' THEN 0.25 END`,
    [`${base + 2 * day}000000`],
  );
  const assess = (trace: string, assessment_name: string, value: unknown) =>
    app.post(`/api/3.0/mlflow/traces/${trace}/assessments`, { assessment: { assessment_name, feedback: { value } } });
  await assess(ids[0]!, "good", true);
  await assess(ids[1]!, "good", false);
  await assess(ids[1]!, "word", "text");
  await app.post("/api/2.0/mlflow/traces/link-to-run", { trace_ids: [ids[2]!], run_id: run });
});
afterAll(() => app.close());

const count = [{ aggregation_type: "COUNT" }];

const ask = (body: object) =>
  app.post("/api/3.0/mlflow/traces/metrics", {
    experiment_ids: [experiment],
    view_type: "TRACES",
    metric_name: "trace_count",
    aggregations: count,
    ...body,
  });

/** Dimensions and values of each data point. */
async function points(body: object): Promise<[object | undefined, object][]> {
  const { status, body: answer } = await ask(body);
  expect([status, answer.message]).toEqual([200, undefined]);
  return (answer.data_points ?? []).map(({ dimensions, values }: { dimensions?: object; values: object }) => [
    dimensions,
    values,
  ]);
}

const of = (aggregation_type: string, percentile_value?: number) => ({ aggregation_type, percentile_value });
const during = { start_time_ms: base, end_time_ms: base + 2 * day };

describe("POST 3.0/traces/metrics", () => {
  it("aggregates what is there, exactly and with percentiles between two values", async () => {
    const aggregations = [of("AVG"), of("MIN"), of("MAX"), of("PERCENTILE", 50), of("PERCENTILE", 99.9)];
    expect(await points({ metric_name: "latency", aggregations })).toEqual([
      [undefined, { AVG: 200, MIN: 100, MAX: 300, "P50.0": 200, "P99.9": 299.8 }],
    ]);
  });

  it("puts traces into intervals, whose both ends count", async () => {
    expect(await points({ ...during, time_interval_seconds: 86_400 })).toEqual([
      [{ time_bucket: "2023-11-14T00:00:00+00:00" }, { COUNT: 1 }],
      [{ time_bucket: "2023-11-15T00:00:00+00:00" }, { COUNT: 1 }],
      [{ time_bucket: "2023-11-16T00:00:00+00:00" }, { COUNT: 1 }],
    ]);
  });

  it.each([
    ["traces", {}],
    ["by two dimensions", { dimensions: ["trace_status", "trace_name"] }],
    ["sessions", { metric_name: "session_count" }],
    ["percentiles", { metric_name: "latency", aggregations: [of("PERCENTILE", 50), of("AVG")] }],
    [
      "costs",
      { view_type: "SPANS", metric_name: "total_cost", aggregations: [of("SUM")], dimensions: ["span_model_name"] },
    ],
    ["spans", { view_type: "SPANS", metric_name: "span_count", dimensions: ["span_name"] }],
    ["assessments", { view_type: "ASSESSMENTS", metric_name: "assessment_count", dimensions: ["assessment_value"] }],
    ["of a run", { filters: [`trace.metadata.\`mlflow.sourceRun\` = "${run}"`] }],
  ])("are the same where few intervals are read one by one and where all are at once: %s", async (_, body) => {
    const daily = { ...body, start_time_ms: base - 5 * day, time_interval_seconds: 86_400 };
    const few = await points({ ...daily, end_time_ms: base + 20 * day });
    expect(few.length).toBeGreaterThan(0);
    expect(await points({ ...daily, end_time_ms: base + 2000 * day })).toEqual(few);
    // Intervals that don't begin with the time that is asked for, and one that is longer than it.
    const odd = { ...body, start_time_ms: base - 1, time_interval_seconds: 3 * 86_400 + 7 };
    expect(await points({ ...odd, end_time_ms: base + 20 * day })).toEqual(
      await points({ ...odd, end_time_ms: base + 5000 * day }),
    );
    for (const end_time_ms of [base + 20 * day, 8_900_000_000_000, 9_300_000_000_000]) {
      const long = { ...body, start_time_ms: base - day, end_time_ms };
      expect((await points({ ...long, time_interval_seconds: 10_000_000_000 })).map(([, values]) => values)).toEqual(
        (await points(long)).map(([, values]) => values),
      );
    }
  });

  it("groups by dimensions, and leaves out what has none", async () => {
    expect(await points({ dimensions: ["trace_status", "trace_name"] })).toEqual([
      [{ trace_status: "ERROR", trace_name: "answer" }, { COUNT: 1 }],
      [{ trace_status: "OK", trace_name: "answer" }, { COUNT: 1 }],
      [{ trace_status: "OK", trace_name: "chat" }, { COUNT: 1 }],
    ]);
    expect(await points({ dimensions: ["trace_name"], max_results: 1 })).toEqual([
      [{ trace_name: "answer" }, { COUNT: 2 }],
    ]);
  });

  it("counts nothing as 0, and has no other value of nothing", async () => {
    const later = { start_time_ms: base + 50 * day };
    expect(await points(later)).toEqual([[undefined, { COUNT: 0 }]]);
    expect(await points({ ...later, metric_name: "latency", aggregations: [of("AVG")] })).toEqual([]);
    expect(await points({ experiment_ids: [] })).toEqual([[undefined, { COUNT: 0 }]]);
  });

  it.each([
    [{ metric_name: "session_count" }, { COUNT: 2 }],
    [{ metric_name: "input_tokens", aggregations: [of("SUM")] }, { SUM: 6 }],
    [{ view_type: "SPANS", metric_name: "span_count" }, { COUNT: 3 }],
    // A span's count and latency are those of its trace's time, its cost is of its own.
    [{ view_type: "SPANS", metric_name: "span_count", end_time_ms: base }, { COUNT: 3 }],
    [{ view_type: "SPANS", metric_name: "latency", aggregations: [of("MAX")], end_time_ms: base }, { MAX: 1 }],
    [
      { view_type: "SPANS", metric_name: "total_cost", aggregations: [of("SUM")], start_time_ms: base + 1 },
      { SUM: 0.5 },
    ],
    [{ view_type: "ASSESSMENTS", metric_name: "assessment_count" }, { COUNT: 3 }],
    [{ view_type: "ASSESSMENTS", metric_name: "assessment_value", aggregations: [of("AVG")] }, { AVG: 0.5 }],
  ])("measures %j", async (body, values) => {
    expect(await points(body)).toEqual([[undefined, values]]);
  });

  it("finds no cost of a span outside of its own time", async () => {
    const cost = { view_type: "SPANS", metric_name: "total_cost", aggregations: [of("SUM")] };
    expect(await points({ ...cost, end_time_ms: base + day })).toEqual([]);
    const filters = ["trace.status = 'OK'", "span.name = 'ask'"];
    expect(await points({ ...cost, filters, dimensions: ["span_model_name"] })).toEqual([
      [{ span_model_name: "big" }, { SUM: 0.5 }],
    ]);
  });

  it.each([
    [["trace.status = 'OK'"], 3],
    [["trace.status = 'OK'", "trace.tag.`mlflow.traceName` = 'chat'"], 1],
    [["trace.metadata.mlflow.trace.session = 's1'"], 2],
    [[`trace.metadata.\`mlflow.sourceRun\` = "${run}"`], 2],
    [[`trace.metadata.mlflow.trace.tokenUsage = '{"input_tokens": 2}'`], 1],
  ])("filters by %j", async (filters, found) => {
    expect(await points({ filters })).toEqual([[undefined, { COUNT: found }]]);
  });

  it("filters assessments by their traces and by themselves", async () => {
    const filters = ["trace.status = 'ERROR'", "assessment.name = 'good'"];
    expect(await points({ view_type: "ASSESSMENTS", metric_name: "assessment_count", filters })).toEqual([
      [undefined, { COUNT: 1 }],
    ]);
  });

  it.each([
    [{ metric_name: "nope" }, "metric_name must be one of ['trace_count',"],
    [{ aggregations: [of("SUM")] }, "Found invalid aggregation_type(s): ['SUM']"],
    [{ aggregations: [] }, "At least one aggregation"],
    [{ metric_name: "latency", aggregations: [of("PERCENTILE")] }, "Percentile value is required"],
    [{ metric_name: "latency", aggregations: [of("PERCENTILE", 101)] }, "between 0 and 100, got 101"],
    [{ aggregations: [of("COUNT", 5)] }, "only allowed for PERCENTILE"],
    [{ dimensions: ["span_name"] }, "Found invalid dimension(s): ['span_name']"],
    [{ time_interval_seconds: 60 }, "start_time_ms and end_time_ms are required"],
    [{ ...during, time_interval_seconds: -60 }, "time_interval_seconds must not be negative"],
    [{ max_results: -1 }, "max_results must not be negative"],
    [{ filters: ["trace.status = 'OK' AND trace.status = 'OK'"] }, "Invalid clause(s) in filter string: AND"],
    [{ filters: ["trace.status IN ('OK')"] }, "Invalid clause(s) in filter string: trace.status, IN, ('OK')"],
    [{ filters: ["trace.status != 'OK'"] }, "only '=' operator is supported"],
    [{ filters: ["span.name = 'x'"] }, "only supported for SPANS view type, got TRACES"],
    [{ filters: Array(101).fill("trace.status = 'OK'") }, "at most 100 filters"],
  ])("refuses %j", async (body, message) => {
    expect(await ask(body)).toMatchObject({
      status: 400,
      body: { error_code: "INVALID_PARAMETER_VALUE", message: expect.stringContaining(message) },
    });
  });
});

describe("POST 3.0/traces/calculate-filter-correlation", () => {
  const correlate = (filter_string1: string, filter_string2: string, base_filter?: string) =>
    app.post("/api/3.0/mlflow/traces/calculate-filter-correlation", {
      experiment_ids: [experiment],
      filter_string1,
      filter_string2,
      base_filter,
    });

  it("tells how far two filters go together", async () => {
    const { body } = await correlate("status = 'OK'", "metadata.`mlflow.trace.session` = 's2'");
    expect(body).toEqual({
      npmi: expect.closeTo(0.415, 3),
      npmi_smoothed: expect.closeTo(0.2549, 4),
      filter1_count: 3,
      filter2_count: 2,
      joint_count: 2,
      total_count: 4,
    });
  });

  it("is -1 for what never meets, 1 for what always does, and nothing where one finds nothing", async () => {
    expect((await correlate("status = 'OK'", "status = 'ERROR'")).body.npmi).toBe(-1);
    expect((await correlate("timestamp > 0", "timestamp > 1")).body).toMatchObject({ npmi: 1, npmi_smoothed: 1 });
    const none = { filter1_count: 0, filter2_count: 3, joint_count: 0, total_count: 4 };
    expect((await correlate("status = 'x'", "status = 'OK'")).body).toEqual(none);
  });

  it("looks at the traces of a base filter only, with one span for all clauses about spans", async () => {
    expect((await correlate("name = 'answer'", "name = 'chat'", "status = 'OK'")).body.total_count).toBe(3);
    const ofSpans = await correlate("span.name = 'root'", "span.name = 'ask'", "span.name = 'ask'");
    expect(ofSpans.body).toMatchObject({ filter1_count: 0, filter2_count: 1, total_count: 1 });
  });
});
