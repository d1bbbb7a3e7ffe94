import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anExperiment, times } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";
import { aDestination } from "./support/artifacts.ts";
import { aTrace, theTrace } from "./trace-factories.ts";

let app: App;
let keeping: App;
let experiment: string;
beforeAll(async () => {
  const destination = aDestination();
  app = await startApp(destination);
  experiment = await anExperiment(app);
  keeping = await startApp({
    ...destination,
    MLFLOW_BACKEND_STORE_URI: app.databaseUri,
    MLFLOW_FUNCTIONS_DELETE_TRACE_ARTIFACTS: "false",
  });
});
afterAll(async () => {
  await keeping.close();
  await app.close();
});

const send = (method: string, path: string, body: unknown) =>
  app.request(method, `/api/${path}`, {
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
const refusal = ({ status, body }: { status: number; body: { message: string } }) => [status, body.message];

describe.each([
  ["3.0", "trace_id"],
  ["2.0", "request_id"],
])("PATCH and DELETE %s/traces/:%s/tags", (version) => {
  const tags = (id: string) => `${version}/mlflow/traces/${id}/tags`;

  it("set and delete a tag", async () => {
    const id = await aTrace(app, { experiment });
    for (const value of ["1", "2"]) expect((await send("PATCH", tags(id), { key: "a", value })).body).toEqual({});
    expect((await theTrace(app, id)).tags.a).toBe("2");
    expect((await send("DELETE", tags(id), { key: "a" })).body).toEqual({});
    expect((await theTrace(app, id)).tags.a).toBeUndefined();
    expect(refusal(await send("DELETE", tags(id), { key: "a" }))).toEqual([
      404,
      `No trace tag with key 'a' for trace with ID '${id}'`,
    ]);
  });

  it("keep the name in its column", async () => {
    const id = await aTrace(app, { experiment });
    const named = async () =>
      (await app.db.query("SELECT trace_name FROM trace_info WHERE request_id = $1", [id])).rows[0].trace_name;
    await send("PATCH", tags(id), { key: "mlflow.traceName", value: "answer" });
    expect([await named(), (await theTrace(app, id)).tags["mlflow.traceName"]]).toEqual(["answer", "answer"]);
    expect((await send("DELETE", tags(id), { key: "mlflow.traceName" })).status).toBe(200);
    expect(await named()).toBeNull();
    expect((await send("DELETE", tags(id), { key: "mlflow.traceName" })).status).toBe(404);
  });

  it("refuse reserved tags, and traces that are not there", async () => {
    const id = await aTrace(app, { experiment });
    const reserved = { key: "mlflow.trace.spansLocation", value: "x" };
    for (const [method, word] of [
      ["PATCH", "set"],
      ["DELETE", "deleted"],
    ] as const)
      expect(refusal(await send(method, tags(id), reserved))).toEqual([
        400,
        `Tag 'mlflow.trace.spansLocation' is immutable and cannot be ${word} on a trace.`,
      ]);
    for (const key of ["a", "mlflow.traceName"])
      expect(refusal(await send("PATCH", tags("nope"), { key, value: "x" }))).toEqual([
        404,
        "Trace with ID 'nope' not found.",
      ]);
    await app.db.query("INSERT INTO trace_tags VALUES ('mlflow.trace.archivalFailure', 'x', $1)", [id]);
    expect((await send("DELETE", tags(id), { key: "mlflow.trace.archivalFailure" })).status).toBe(200);
  });
});

const linksOf = async (id: string) => {
  const { rows } = await app.db.query(
    "SELECT destination_type AS type, destination_id AS to FROM entity_associations WHERE source_id = $1 ORDER BY 1, 2",
    [id],
  );
  return rows;
};

describe("POST 2.0/traces/link-to-run", () => {
  it("links traces once, however often they are named", async () => {
    const id = await aTrace(app, { experiment });
    for (const trace_ids of [[id, id, "nope"], [id], []])
      expect((await send("POST", "2.0/mlflow/traces/link-to-run", { trace_ids, run_id: "r" })).body).toEqual({});
    expect(await linksOf(id)).toEqual([{ type: "run", to: "r" }]);
  });

  it("refuses more than 100, and ids that a link has no room for", async () => {
    const link = (trace_ids: string[]) => send("POST", "2.0/mlflow/traces/link-to-run", { trace_ids, run_id: "r" });
    expect(refusal(await link(Array(101).fill("x")))).toEqual([
      400,
      "Cannot link more than 100 traces to a run in a single request. Provided 101 traces.",
    ]);
    expect(refusal(await link(["x".repeat(37)]))).toEqual([400, "'trace_ids' is longer than 36 characters."]);
  });
});

describe("POST 2.0/traces/link-prompts", () => {
  const link = (trace_id: string, ...versions: string[]) =>
    send("POST", "2.0/mlflow/traces/link-prompts", {
      trace_id,
      prompt_versions: versions.map((version) => ({ name: "greeting", version })),
    });

  it("links versions of prompts once", async () => {
    const id = await aTrace(app, { experiment });
    for (const versions of [["1", "01", "2"], ["2"]]) expect((await link(id, ...versions)).body).toEqual({});
    expect(await linksOf(id)).toEqual([
      { type: "prompt_version", to: "greeting/1" },
      { type: "prompt_version", to: "greeting/2" },
    ]);
  });

  it("refuses unknown traces, and versions that are no numbers", async () => {
    expect(refusal(await link("nope", "1"))).toEqual([404, "Trace with ID 'nope' not found."]);
    expect((await link(await aTrace(app, { experiment }), "one")).status).toBe(400);
  });
});

describe.each(["2.0", "3.0"])("POST %s/traces/delete-traces", (version) => {
  const remove = (body: object, through = app) =>
    through.post(`/api/${version}/mlflow/traces/delete-traces`, { experiment_id: experiment, ...body });
  const artifact = (id: string, name = "traces.json") =>
    `/api/2.0/mlflow-artifacts/artifacts/${experiment}/traces/${id}/artifacts/${name}`;
  const upload = (path: string) => app.request("PUT", path, { body: "{}" });
  const isThere = async (path: string) => (await app.request("GET", path)).status === 302;

  it("deletes rows and artifacts, of these traces alone", async () => {
    const [id, other] = (await times(2, () => aTrace(app, { experiment }))) as [string, string];
    const paths = [artifact(id), artifact(id, "attachments/7d5a1a3e-0c1f-4f3e-9a52-64d0e3a4d111")];
    for (const path of [...paths, artifact(other), artifact(`${id}x`)]) expect((await upload(path)).status).toBe(200);
    await app.db.query(
      "INSERT INTO review_queues (queue_id, experiment_id, name, name_key, queue_type, creation_time_ms, last_update_time_ms) VALUES ($1, $2, $1, $1, 'CUSTOM', 1, 1)",
      [`q-${id.slice(3, 30)}`, experiment],
    );
    await app.db.query(
      "INSERT INTO review_queue_items (queue_id, item_type, item_id, status, creation_time_ms, last_update_time_ms) VALUES ($1, 'trace', $2, 'PENDING', 1, 1)",
      [`q-${id.slice(3, 30)}`, id],
    );
    expect((await remove({ request_ids: [id, "nope"] })).body).toEqual({ traces_deleted: 1 });
    expect((await app.get(`/api/3.0/mlflow/traces/${id}`)).status).toBe(404);
    for (const path of paths) expect(await isThere(path)).toBe(false);
    for (const path of [artifact(other), artifact(`${id}x`)]) expect(await isThere(path)).toBe(true);
    const { rows } = await app.db.query("SELECT FROM review_queue_items WHERE item_id = $1", [id]);
    expect(rows).toEqual([]);
    expect((await theTrace(app, other)).trace_id).toBe(other);
  });

  it("deletes the oldest up to a time", async () => {
    const own = await anExperiment(app);
    const at = (second: number) => aTrace(app, { experiment: own, request_time: `2023-11-14T22:13:0${second}Z` });
    const [first, second, third] = [await at(1), await at(2), await at(3)];
    const removed = await remove({ experiment_id: own, max_timestamp_millis: 1_699_999_982_000, max_traces: 1 });
    expect(removed.body).toEqual({ traces_deleted: 1 });
    const left = await app.post("/api/3.0/mlflow/traces/batchGetInfos", { trace_ids: [first, second, third] });
    expect(left.body.trace_infos.map((info: { trace_id: string }) => info.trace_id)).toEqual([second, third]);
    const rest = await remove({ experiment_id: own, max_timestamp_millis: 1_699_999_982_000 });
    expect(rest.body).toEqual({ traces_deleted: 1 });
  });

  it("leaves artifacts where the setting says so, and those of a place that is not the trace's own", async () => {
    const [kept, elsewhere] = (await times(2, () => aTrace(app, { experiment }))) as [string, string];
    await app.db.query("UPDATE trace_tags SET value = $2 WHERE request_id = $1 AND key = 'mlflow.artifactLocation'", [
      elsewhere,
      `mlflow-artifacts:/${experiment}/traces/${kept}/artifacts`,
    ]);
    await upload(artifact(kept));
    expect((await remove({ request_ids: [elsewhere] })).body).toEqual({ traces_deleted: 1 });
    expect(await isThere(artifact(kept))).toBe(true);
    expect((await remove({ request_ids: [kept] }, keeping)).body).toEqual({ traces_deleted: 1 });
    expect(await isThere(artifact(kept))).toBe(true);
  });

  it("takes exactly one of ids and time", async () => {
    const id = await aTrace(app, { experiment });
    for (const [body, message] of [
      [{}, "Either `max_timestamp_millis` or `trace_ids` must be specified."],
      [
        { request_ids: [id], max_timestamp_millis: 1 },
        "Only one of `max_timestamp_millis` and `trace_ids` can be specified.",
      ],
      [{ request_ids: [id], max_traces: 1 }, "`max_traces` can't be specified if `trace_ids` is specified."],
      [{ max_timestamp_millis: 1, max_traces: 0 }, "`max_traces` must be a positive integer, received 0."],
    ] as const)
      expect(refusal(await remove(body))).toEqual([400, message]);
    expect((await remove({ experiment_id: "0", request_ids: [id] })).body).toEqual({ traces_deleted: 0 });
    expect((await theTrace(app, id)).trace_id).toBe(id);
  });
});
