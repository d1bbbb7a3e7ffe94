/** Traces that another server has archived. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sqlite from "node-sqlite3-wasm";
import { afterEach, expect, it, vi } from "vitest";
import { archivedSpans } from "../../../shared/traces/reading/archive.ts";
import contract from "../../contract/spans.json" with { type: "json" };
import { aServer } from "./a-server.ts";
import { aTarget, unpacked, unpackedBeside } from "./importing.ts";

// Each import is a process of its own, beside an app.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const idOf = (letter: string) => `tr-${letter.repeat(32)}`;

const spansOf = (id: string) => [
  {
    trace_id: Buffer.from(id.slice(3), "hex").toString("base64"),
    span_id: Buffer.from("00000000000000aa", "hex").toString("base64"),
    parent_span_id: null,
    name: "root",
    start_time_unix_nano: 1_700_000_000_000_000_000,
    end_time_unix_nano: 1_700_000_001_000_000_000,
    events: [],
    status: { code: "STATUS_CODE_OK", message: "" },
    attributes: {
      "mlflow.traceRequestId": JSON.stringify(id),
      "mlflow.spanType": '"CHAIN"',
      "mlflow.spanInputs": '{"a": 1}',
    },
  },
];

const traceOf = (letter: string) => ({
  trace_id: idOf(letter),
  trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: "7" } },
  request_time: "2023-11-14T22:13:20Z",
  state: "OK",
  tags: {
    "mlflow.artifactLocation": `mlflow-artifacts:/7/traces/${idOf(letter)}/artifacts`,
    "mlflow.trace.spansLocation": "ARCHIVE_REPO",
    "mlflow.trace.archiveLocation": `s3://archive/${letter}`,
    own: letter,
  },
});

it("come with their spans where the server hands them out, else the report names them", async () => {
  // Of b the archive is gone, of c it is broken.
  const { url, close } = await aServer((path, body) => {
    if (path.endsWith("/experiments/search")) return { experiments: [{ experiment_id: "7", name: "seven" }] };
    if (path.endsWith("/traces/search")) return { traces: ["c", "b", "a"].map(traceOf) };
    if (!path.endsWith("/get-trace-artifact")) return {};
    if (body.request_id === idOf("c")) return 500;
    return { spans: body.request_id === idOf("a") ? spansOf(idOf("a")) : [] };
  });
  closing.push(close);
  const { folder, remove } = await unpacked("sqlite-2.0.1");
  closing.push(remove);
  const target = await aTarget(folder);
  closing.push(target.close);
  const { code, stdout } = await target.run(url);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Imported 3 traces\.$/m);
  for (const letter of ["b", "c"])
    expect(stdout).toContain(`- The spans of the trace '${idOf(letter)}': the server can't read its archive.`);
  expect(stdout).not.toContain(idOf("a"));
  const { body } = await target.app.get("/api/3.0/mlflow/traces/get", { trace_id: idOf("a") });
  expect(body.trace.spans.map(({ name }: { name: string }) => name)).toEqual(["root"]);
  const { tags } = body.trace.trace_info;
  expect(tags).toMatchObject({ own: "a", "mlflow.trace.spansLocation": "TRACKING_STORE" });
  expect(tags).not.toHaveProperty("mlflow.trace.archiveLocation");
  const before = await target.rows();
  expect(await target.run(url)).toMatchObject({ code: 0 });
  expect(await target.rows()).toEqual(before);
});

it("of a SQLite file become rows again where their archive is at hand, else the report names them", async () => {
  const { target, folder } = await unpackedBeside("sqlite-3.17.2", closing);
  const archive = Buffer.from(contract.archive.payload, "base64");
  const spans = archivedSpans(archive);
  const db = new sqlite.Database(join(folder, "mlflow.db"));
  const add = async (letter: string, place: string, content?: Uint8Array) => {
    const id = idOf(letter);
    db.run("INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, status) VALUES (?, 1, 1, 'OK')", [id]);
    const tags = { "mlflow.trace.spansLocation": "ARCHIVE_REPO", "mlflow.trace.archiveLocation": `${place}/${letter}` };
    for (const [key, value] of Object.entries(tags))
      db.run("INSERT INTO trace_tags (request_id, key, value) VALUES (?, ?, ?)", [id, key, value]);
    for (const { spanId } of spans)
      db.run(
        `INSERT INTO spans (trace_id, experiment_id, span_id, name, status, start_time_unix_nano, end_time_unix_nano, content)
        VALUES (?, 1, ?, 'span', 'OK', 1, 2, '')`,
        [id, spanId],
      );
    if (!content) return;
    await mkdir(join(folder, "archive", letter), { recursive: true });
    await writeFile(join(folder, "archive", letter, "traces.pb"), content);
  };
  const here = `file://${folder}/archive`;
  await add("a", here, archive);
  await add("b", "s3://archive");
  await add("c", here, archive.subarray(0, 40));
  await add("d", here);
  db.close();
  const { code, stdout } = await target.run("mlflow.db", "--artifacts", "archive");
  expect(code).toBe(0);
  expect(stdout).not.toContain(idOf("a"));
  expect(stdout).toContain(`- The spans of the trace '${idOf("b")}', which are archived in s3://archive/b.`);
  for (const letter of ["c", "d"])
    expect(stdout).toContain(`- The spans of the trace '${idOf(letter)}', which are archived in ${here}/${letter}.`);
  const { rows } = await target.app.db.query('SELECT span_id AS "spanId", content FROM spans WHERE trace_id = $1', [
    idOf("a"),
  ]);
  expect(rows).toEqual(expect.arrayContaining(spans));
  const tagsOf = async (letter: string) =>
    (await target.app.db.query("SELECT key, value FROM trace_tags WHERE request_id = $1 ORDER BY 1", [idOf(letter)]))
      .rows;
  expect(await tagsOf("a")).toEqual([{ key: "mlflow.trace.spansLocation", value: "TRACKING_STORE" }]);
  expect(await tagsOf("b")).toHaveLength(2);
  const before = await target.rows();
  expect(await target.run("mlflow.db", "--artifacts", "archive")).toMatchObject({ code: 0 });
  expect(await target.rows()).toEqual(before);
});
