import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anExperiment, times } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";
import { aTrace, started, theTrace } from "./trace-factories.ts";

let app: App;
let experiment: string;
beforeAll(async () => {
  app = await startApp();
  experiment = await anExperiment(app);
});
afterAll(() => app.close());

const json = { "content-type": "application/json" };
const start = (fields: object) => app.post("/api/3.0/mlflow/traces", started(experiment, fields));
const newId = () => `tr-${randomUUID().replaceAll("-", "")}`;
const rowOf = async (id: string) =>
  (await app.db.query("SELECT * FROM trace_info WHERE request_id = $1", [id])).rows[0];
const unknown = "Trace with ID 'nope' not found.";

describe("POST 3.0/traces", () => {
  it("works, with session, token counts, costs and name in columns", async () => {
    const trace_id = newId();
    const { status, body } = await start({
      trace_id,
      request_time: "2023-11-14T22:13:20.123456Z",
      execution_duration: "1.5s",
      request_preview: "a\0b",
      trace_metadata: {
        "mlflow.trace.session": "s1",
        "mlflow.trace.tokenUsage": '{"input_tokens": 10, "output_tokens": 5.0, "total_tokens": 1.5, "more": 1}',
        "mlflow.trace.cost": '{"input_cost": 0.00001, "output_cost": 2, "total_cost": NaN}',
        user: "me",
      },
      tags: { "mlflow.traceName": "answer", team: "blue", "mlflow.trace.spansLocation": "ELSE" },
    });
    expect(status).toBe(200);
    expect(body.trace.trace_info).toEqual({
      trace_id,
      trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experiment } },
      request_preview: "a\ufffdb",
      request_time: "2023-11-14T22:13:20.123Z",
      execution_duration: "1.500s",
      state: "OK",
      trace_metadata: {
        "mlflow.trace.session": "s1",
        "mlflow.trace.tokenUsage": '{"input_tokens": 10, "output_tokens": 5}',
        "mlflow.trace.cost": '{"input_cost": 1e-05, "output_cost": 2.0}',
        "mlflow.trace.infoFinalized": "true",
        user: "me",
      },
      tags: {
        "mlflow.traceName": "answer",
        team: "blue",
        "mlflow.artifactLocation": `mlflow-artifacts:/${experiment}/traces/${trace_id}/artifacts`,
      },
    });
    expect(await theTrace(app, trace_id)).toEqual(body.trace.trace_info);
    expect(await rowOf(trace_id)).toMatchObject({
      trace_name: "answer",
      session_id: "s1",
      input_tokens: "10",
      output_tokens: "5",
      total_tokens: null,
      output_cost: 2,
      total_cost: null,
      db_payload_generation: 0,
    });
    const { rows } = await app.db.query("SELECT key FROM trace_request_metadata WHERE request_id = $1 ORDER BY key", [
      trace_id,
    ]);
    expect(rows.map(({ key }) => key)).toEqual(["mlflow.trace.infoFinalized", "user"]);
  });

  it("completes a trace whose spans came first, and keeps what it is not told", async () => {
    const trace_id = newId();
    await app.db.query(
      `INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, status, session_id, input_tokens, request_preview, trace_name)
       VALUES ($1, $2, 5, 'IN_PROGRESS', 'spans', 7, 'of the root', 'root')`,
      [trace_id, experiment],
    );
    await app.db.query(
      "INSERT INTO trace_tags VALUES ('mlflow.trace.spansLocation', 'TRACKING_STORE', $1), ('old', '1', $1)",
      [trace_id],
    );
    const { body } = await start({
      trace_id,
      response_preview: "told",
      tags: { old: "2" },
      trace_metadata: { "mlflow.trace.tokenUsage": '{"output_tokens": 3}' },
    });
    const { trace_info: info } = body.trace;
    expect(info).toEqual(await theTrace(app, trace_id));
    expect(info).toMatchObject({ request_preview: "of the root", response_preview: "told", state: "OK" });
    expect(info.tags).toMatchObject({
      "mlflow.trace.spansLocation": "TRACKING_STORE",
      old: "2",
      "mlflow.traceName": "root",
    });
    expect(info.trace_metadata).toMatchObject({
      "mlflow.trace.session": "spans",
      "mlflow.trace.tokenUsage": '{"input_tokens": 7, "output_tokens": 3}',
    });
    expect(await rowOf(trace_id)).toMatchObject({ timestamp_ms: "1700000000000", db_payload_generation: 1 });
  });

  it("adds the assessments that the client has, and moves earlier ones to the trace's time", async () => {
    const trace_id = await aTrace(app, { experiment });
    const assessment = { assessment_id: `a-${trace_id.slice(3)}`, assessment_name: "good", feedback: { value: "yes" } };
    const first = await start({ trace_id, assessments: [assessment] });
    expect(first.body.trace.trace_info.assessments).toMatchObject([{ ...assessment, trace_id, valid: true }]);
    const later = { assessment_name: "expected", expectation: { value: 7 } };
    const second = await start({ trace_id, request_time: "2023-11-14T22:13:21Z", assessments: [later] });
    expect(second.body.trace.trace_info.assessments).toMatchObject([
      { assessment_name: "good" },
      { assessment_name: "expected" },
    ]);
    const { rows } = await app.db.query("SELECT DISTINCT trace_timestamp_ms FROM assessments WHERE trace_id = $1", [
      trace_id,
    ]);
    expect(rows).toEqual([{ trace_timestamp_ms: "1700000001000" }]);
    const stolen = await start({ trace_id: newId(), assessments: [assessment] });
    expect([stolen.status, stolen.body.message]).toEqual([
      400,
      `Assessment with ID '${assessment.assessment_id}' belongs to another trace.`,
    ]);
  });

  it("refuses a trace of another experiment, and one whose spans left the database", async () => {
    const trace_id = await aTrace(app, { experiment });
    const elsewhere = await app.post("/api/3.0/mlflow/traces", started(await anExperiment(app), { trace_id }));
    expect([elsewhere.status, elsewhere.body.message]).toEqual([
      400,
      `Trace with ID '${trace_id}' already exists in another experiment.`,
    ]);
    await app.db.query("INSERT INTO trace_tags VALUES ('mlflow.trace.spansLocation', 'ARCHIVE_REPO', $1)", [trace_id]);
    const archived = await start({ trace_id, state: "ERROR" });
    expect([archived.status, archived.body.error_code]).toEqual([500, "INVALID_STATE"]);
    expect((await theTrace(app, trace_id)).state).toBe("OK");
  });

  it("refuses what its columns can't hold, and names it", async () => {
    for (const [name, fields] of Object.entries({
      trace_id: { trace_id: "x".repeat(51) },
      client_request_id: { client_request_id: "x".repeat(51) },
      request_preview: { request_preview: "🔑".repeat(1001) },
      "tags.key": { tags: { ["k".repeat(251)]: "" } },
      "trace_metadata.value": { trace_metadata: { k: "v".repeat(8001) } },
    })) {
      const { status, body } = await start({ trace_id: newId(), ...fields });
      expect([status, body.error_code, body.message]).toEqual([
        400,
        "BAD_REQUEST",
        expect.stringContaining(`'${name}'`),
      ]);
    }
    expect((await start({ trace_id: newId(), request_preview: "🔑".repeat(1000) })).status).toBe(200);
  });

  it("is one trace, however many start it at once", async () => {
    const trace_id = newId();
    const answers = await times(8, (index) => start({ trace_id, tags: { [`of ${index}`]: "1", all: String(index) } }));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const { tags } = await theTrace(app, trace_id);
    for (const index of answers.keys()) expect(tags[`of ${index}`]).toBe("1");
    expect((await rowOf(trace_id)).db_payload_generation).toBe(7);
  });
});

describe("POST and PATCH 2.0/traces", () => {
  const pair = (key: string, value: string) => ({ key, value });

  it("start and end a trace", async () => {
    const given = {
      experiment_id: experiment,
      timestamp_ms: 1_700_000_000_000,
      request_metadata: [pair("mlflow.trace.session", "s"), pair("a", "1")],
      tags: [pair("mlflow.traceName", "old"), pair("mlflow.trace.spansLocation", "X"), pair("t", "v")],
    };
    const { body } = await app.post("/api/2.0/mlflow/traces", given);
    const id = body.trace_info.request_id;
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(body.trace_info).toMatchObject({
      status: "IN_PROGRESS",
      execution_time_ms: 0,
      timestamp_ms: 1_700_000_000_000,
    });
    const ended = await app.request("PATCH", `/api/2.0/mlflow/traces/${id}`, {
      headers: json,
      body: JSON.stringify({
        timestamp_ms: 1_700_000_000_123,
        status: "ERROR",
        request_metadata: [pair("b", "2")],
        tags: [pair("t", "w"), pair("mlflow.artifactLocation", "X"), pair("mlflow.traceName", "new")],
      }),
    });
    expect(ended.body.trace_info).toEqual({
      request_id: id,
      experiment_id: experiment,
      timestamp_ms: 1_700_000_000_000,
      execution_time_ms: 123,
      status: "ERROR",
      request_metadata: [pair("a", "1"), pair("b", "2"), pair("mlflow.trace.session", "s")],
      tags: [
        pair("mlflow.artifactLocation", `mlflow-artifacts:/${experiment}/traces/${id}/artifacts`),
        pair("mlflow.traceName", "new"),
        pair("t", "w"),
      ],
    });
    expect((await app.get(`/api/2.0/mlflow/traces/${id}/info`)).body).toEqual(ended.body);
  });

  it("refuse unknown traces and deleted experiments", async () => {
    const ended = await app.request("PATCH", "/api/2.0/mlflow/traces/nope", { headers: json, body: "{}" });
    expect([ended.status, ended.body.message]).toEqual([404, unknown]);
    const gone = await anExperiment(app);
    await app.post("/api/2.0/mlflow/experiments/delete", { experiment_id: gone });
    const refused = await app.post("/api/2.0/mlflow/traces", { experiment_id: gone, timestamp_ms: 1 });
    expect([refused.status, refused.body.message]).toEqual([
      400,
      `The experiment ${gone} must be in the 'active' state. Current state is deleted.`,
    ]);
  });
});

describe("GET 3.0/traces/:id and 2.0/traces/:id/info", () => {
  it("refuse unknown traces", async () => {
    for (const path of ["/api/3.0/mlflow/traces/nope", "/ajax-api/2.0/mlflow/traces/nope/info"]) {
      const { status, body } = await app.get(path);
      expect([status, body.message]).toEqual([404, unknown]);
    }
  });

  it("answer what a stock server stored: long and absent values, odd times", async () => {
    const id = await aTrace(app, { experiment });
    await app.db.query("UPDATE trace_info SET timestamp_ms = $2, execution_time_ms = -1500 WHERE request_id = $1", [
      id,
      "9000000000000000000",
    ]);
    await app.db.query(
      "INSERT INTO trace_tags VALUES ('long', repeat('v', 8000), $1), ('none', NULL, $1), ('mlflow.traceName', 'row', $1)",
      [id],
    );
    const info = await theTrace(app, id);
    expect(info).toMatchObject({ request_time: "9999-12-31T23:59:59Z", execution_duration: "-1.500s" });
    expect(info.tags).toMatchObject({ long: "v".repeat(4096), none: "None" });
    expect(info.tags["mlflow.traceName"]).toBeUndefined();
    await app.get(`/api/2.0/mlflow/traces/${id}/info`);
    expect(app.lastText()).toContain('"timestamp_ms":9000000000000000000');
  });
});

describe("POST 3.0/traces/batchGetInfos", () => {
  const infos = async (input: object) => (await app.post("/api/3.0/mlflow/traces/batchGetInfos", input)).body;

  it("answers in the order of the ids, each once, those that there are", async () => {
    const ids = await times(3, () => aTrace(app, { experiment }));
    const { trace_infos } = await infos({ trace_ids: [ids[2], "nope", ids[0], ids[1], ids[2]] });
    expect(trace_infos.map((info: { trace_id: string }) => info.trace_id)).toEqual([ids[0], ids[1], ids[2]]);
    expect(trace_infos[2]).toEqual(await theTrace(app, ids[2]!));
    expect(await infos({ trace_ids: ids, experiment_ids: [await anExperiment(app)] })).toEqual({});
    expect(await infos({ trace_ids: [] })).toEqual({});
  });
});
