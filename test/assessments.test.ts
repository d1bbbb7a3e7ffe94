import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anExperiment } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";
import { aTrace, theTrace } from "./trace-factories.ts";

let app: App;
let experiment: string;
let trace: string;
beforeAll(async () => {
  app = await startApp();
  experiment = await anExperiment(app);
  trace = await aTrace(app, { experiment });
});
afterAll(() => app.close());

const path = (id = "", of = trace) => `/api/3.0/mlflow/traces/${of}/assessments${id && `/${id}`}`;
const send = (method: string, to: string, body?: unknown) =>
  app.request(method, to, {
    ...(body !== undefined && { body: JSON.stringify(body) }),
    headers: { "content-type": "application/json" },
  });
const create = (assessment: object, of = trace) => send("POST", path("", of), { assessment });
const created = async (assessment: object) => (await create(assessment)).body.assessment.assessment_id as string;
const get = async (id: string) => (await app.get(path(id))).body.assessment;
const update = (id: string, update_mask: unknown, assessment: object) =>
  send("PATCH", path(id), { assessment, update_mask });
const rowOf = async (id: string) =>
  (await app.db.query("SELECT * FROM assessments WHERE assessment_id = $1", [id])).rows[0];
const refusal = ({ status, body }: { status: number; body: { message: string } }) => [status, body.message];
const judged = (value: unknown, more: object = {}) => ({ assessment_name: "good", feedback: { value }, ...more });

describe("POST traces/:id/assessments", () => {
  it("stores feedback as stock does, and answers it", async () => {
    const given = {
      ...judged({ a: [1, "ü"] }),
      span_id: "0123456789abcdef",
      source: { source_type: "HUMAN", source_id: "me" },
      create_time: "2023-11-14T22:13:20.500Z",
      last_update_time: "2023-11-14T22:13:21Z",
      rationale: "since",
      metadata: { k: "ü", "mlflow.assessment.sourceRunId": "0123456789abcdef0123456789abcdef" },
    };
    const { status, body } = await create({ ...given, trace_id: "other", valid: false });
    expect(status).toBe(200);
    const { assessment_id: id } = body.assessment;
    expect(id).toMatch(/^a-[0-9a-f]{32}$/);
    expect(body.assessment).toEqual({ ...given, assessment_id: id, trace_id: trace, valid: true });
    expect(await get(id)).toEqual(body.assessment);
    expect((await theTrace(app, trace)).assessments).toContainEqual(body.assessment);
    expect(await rowOf(id)).toMatchObject({
      value: '{"a": [1.0, "\\u00fc"]}',
      assessment_metadata: '{"k": "\\u00fc", "mlflow.assessment.sourceRunId": "0123456789abcdef0123456789abcdef"}',
      run_id: "0123456789abcdef0123456789abcdef",
      experiment_id: Number(experiment),
      trace_timestamp_ms: "1700000000000",
      created_timestamp: "1700000000500",
    });
  });

  it("keeps what averages are made of", async () => {
    for (const [value, aggregate, isNumeric] of [
      [5, 5, true],
      [-0.5, -0.5, true],
      [true, 1, false],
      [false, 0, false],
      [" Yes", 1, false],
      ["no", 0, false],
      ["maybe", null, false],
      [null, null, false],
      [[1], null, false],
    ] as const)
      expect(await rowOf(await created(judged(value)))).toMatchObject({
        aggregate_value: aggregate,
        is_numeric_value: isNumeric,
      });
  });

  it("takes expectations of any JSON, errors and issues", async () => {
    const listed = { serialization_format: "JSON_FORMAT", value: '{"a": 1, "b": [1.5, "\\u00fc"]}' };
    const expectation = { serialized_value: { ...listed, value: '{"a":1,"b":[1.50,"ü"]}' } };
    const { body } = await create({ assessment_name: "answer", expectation, rationale: "not kept" });
    expect(body.assessment.expectation).toEqual({ serialized_value: listed });
    expect(body.assessment.rationale).toBeUndefined();
    const error = { error_code: "E", stack_trace: `${"x".repeat(2000)}${"y".repeat(9000)}` };
    const failed = (await create({ assessment_name: "failed", feedback: { error } })).body.assessment.feedback;
    expect(failed).toEqual({
      value: null,
      error: { error_code: "E", stack_trace: `[Stack trace is truncated]\n...\n${error.stack_trace.slice(-9969)}` },
    });
    const issue = (await create({ assessment_name: "iss-1", issue: { issue_name: "slow" } })).body.assessment;
    expect(issue).toMatchObject({ assessment_name: "iss-1", issue: { issue_name: "slow" } });
  });

  it("overrides an assessment, which is valid again when its successor is deleted", async () => {
    const first = await created(judged(1));
    const second = await created(judged(2, { overrides: first }));
    expect([(await get(first)).valid, (await get(second)).valid]).toEqual([false, true]);
    expect(refusal(await create(judged(2, { overrides: "nope" })))).toEqual([
      404,
      `Assessment with ID 'nope' not found for trace '${trace}'`,
    ]);
    expect((await send("DELETE", path(second))).body).toEqual({});
    expect((await get(first)).valid).toBe(true);
    expect((await send("DELETE", path(second))).body).toEqual({});
  });

  it("refuses an id that is taken, and overrides nothing then", async () => {
    const first = await created(judged(1));
    const taken = await created(judged(2));
    const { status, body } = await create(judged(3, { assessment_id: taken, overrides: first }));
    expect([status, body.error_code]).toEqual([400, "RESOURCE_ALREADY_EXISTS"]);
    expect((await get(first)).valid).toBe(true);
  });

  it("refuses what is no assessment", async () => {
    for (const [assessment, message] of [
      [{ assessment_name: "x" }, "Unknown assessment type: None"],
      [{ feedback: {}, expectation: { value: 1 } }, "An assessment has one of feedback, expectation and issue."],
      [{ expectation: {} }, "The `value` field must be specified."],
      [judged(1, { assessment_name: "n".repeat(251) }), "'name' is longer than 250 characters."],
      [
        judged(1, { metadata: { "mlflow.assessment.sourceRunId": "r".repeat(33) } }),
        "'run_id' is longer than 32 characters.",
      ],
    ] as const)
      expect(refusal(await create(assessment))).toEqual([400, message]);
    expect(refusal(await create(judged(1), "nope"))).toEqual([404, "Trace with ID 'nope' not found."]);
  });
});

describe("PATCH traces/:id/assessments/:id", () => {
  it("changes what its mask names, and adds metadata", async () => {
    const id = await created(judged("no", { rationale: "old", metadata: { a: "1", b: "1" } }));
    const changed = { ...judged("yes"), assessment_name: "better", rationale: "new", metadata: { b: "2", c: "3" } };
    const before = await get(id);
    const renamed = (await update(id, "assessmentName", changed)).body.assessment;
    expect(renamed).toEqual({ ...before, assessment_name: "better", last_update_time: renamed.last_update_time });
    const whole = (await update(id, "feedback,rationale,metadata", changed)).body.assessment;
    expect(whole).toMatchObject({ feedback: { value: "yes" }, rationale: "new", metadata: { a: "1", b: "2", c: "3" } });
    expect(await get(id)).toEqual(whole);
    expect(await rowOf(id)).toMatchObject({ aggregate_value: 1, is_numeric_value: false });
    expect((await update(id, "nope", changed)).body.assessment.feedback).toEqual({ value: "yes" });
  });

  it("refuses a value of another kind, and masks that are none", async () => {
    const id = await created(judged(1));
    expect(refusal(await update(id, "expectation", { expectation: { value: 1 } }))).toEqual([
      400,
      "Cannot update expectation value on a Feedback assessment.",
    ]);
    expect(refusal(await update(id, "feedback,expectation", { expectation: { value: 1 } }))).toEqual([
      400,
      "Cannot specify both `expectation` and `feedback` parameters.",
    ]);
    for (const mask of ["assessment_name", "valid", 5, ""])
      expect((await update(id, mask, judged(2))).status).toBe(400);
    expect((await get(id)).feedback).toEqual({ value: 1 });
  });

  it("refuses what is not there", async () => {
    for (const answer of [await update("nope", "rationale", {}), await app.get(path("nope"))])
      expect(refusal(answer)).toEqual([404, `Assessment with ID 'nope' not found for trace '${trace}'`]);
    const elsewhere = path("x", "nope");
    for (const answer of [
      await app.get(elsewhere),
      await send("PATCH", elsewhere, { assessment: {}, update_mask: "rationale" }),
    ])
      expect(refusal(answer)).toEqual([404, "Trace with request_id 'nope' not found"]);
  });
});
