/** Traces that another server has archived. */
import { afterEach, expect, it, vi } from "vitest";
import { aServer } from "./a-server.ts";
import { aTarget, unpacked } from "./importing.ts";

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
