import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalogueName } from "../../shared/traces/prices/prices.ts";
import { anExperiment } from "../factories.ts";
import { type App, startApp } from "../support/app.ts";
import { aRequest, aSpan, aSpanId, attributesOf, sendSpans, type Value } from "./otlp-bodies.ts";

let app: App;
/** The built commands, with prices of a model that no catalogue has. */
let folder: string;
beforeAll(async () => {
  app = await startApp();
  folder = await mkdtemp(join(tmpdir(), "mlflow-functions-reprice-"));
  await cp("dist", join(folder, "dist"), { recursive: true, filter: (path) => !path.startsWith("dist/ui") });
  await symlink(resolve("node_modules"), join(folder, "node_modules"));
  await mkdir(join(folder, "dist/ui"), { recursive: true });
  const providers = { acme: { "acme-1": { input: 0.5, output: 2 } } };
  await writeFile(join(folder, "dist/ui", catalogueName), JSON.stringify({ version: "1", providers }));
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

async function reprice(...args: string[]): Promise<string> {
  const env = { ...process.env, MLFLOW_BACKEND_STORE_URI: app.databaseUri };
  const command = [join(folder, "dist/reprice.cjs"), ...args];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: folder, env });
  return stdout.trim().split("\n").at(-1)!;
}

const usage = { input_tokens: 10, output_tokens: 3, total_tokens: 13 };
const ofModel = (model: string, more: Record<string, Value> = {}) => ({
  "mlflow.llm.model": model,
  "mlflow.chat.tokenUsage": usage,
  ...more,
});

const costOf = async (traceId: string) => {
  const { body } = await app.get(`/api/3.0/mlflow/traces/tr-${traceId}`);
  const cost = body.trace.trace_info.trace_metadata["mlflow.trace.cost"];
  return cost && JSON.parse(cost);
};
const contentOf = async (spanId: string): Promise<string> =>
  (await app.db.query("SELECT content FROM spans WHERE span_id = $1", [spanId])).rows[0].content;
const generationOf = async (traceId: string) =>
  Number(
    (await app.db.query("SELECT db_payload_generation AS g FROM trace_info WHERE request_id = $1", [`tr-${traceId}`]))
      .rows[0].g,
  );

describe("npm run reprice", () => {
  it("gives spans and their traces what calls cost, once, and leaves the rest as it was", async () => {
    const experiment = await anExperiment(app);
    const root = aSpan({ name: "root" }, { "mlflow.spanInputs": '{"text": "é"}', part: 0.5 });
    const child = { traceId: root.traceId, parentSpanId: root.spanId };
    const call = aSpan({ ...child, spanId: aSpanId() }, ofModel("acme-1", { big: 12345678901234 }));
    const second = aSpan({ ...child, spanId: aSpanId() }, ofModel("acme-1"));
    const unknown = aSpan({}, ofModel("acme-unheard-of"));
    const agent = aSpan({}, ofModel("acme-1", { "mlflow.spanType": "AGENT" }));
    for (const spans of [[root, call, second], [unknown], [agent]])
      expect((await sendSpans(app, experiment, aRequest(spans))).status).toBe(200);
    expect(await costOf(root.traceId)).toBeUndefined();
    const [before, others, generation] = [
      await contentOf(call.spanId),
      await contentOf(unknown.spanId),
      await generationOf(root.traceId),
    ];

    expect(await reprice("--dry-run")).toBe("2 of 5 spans would get a cost. Nothing was changed.");
    expect(await contentOf(call.spanId)).toBe(before);
    expect(await reprice()).toBe("2 of 5 spans have got a cost.");
    // The attribute is written as a span that comes today has it.
    const cost = JSON.stringify('{"input_cost": 5.0, "output_cost": 6.0, "total_cost": 11.0}');
    expect(await contentOf(call.spanId)).toBe(
      before.replace('}, "links": []}', `, "mlflow.llm.cost": ${cost}}, "links": []}`),
    );
    expect(await contentOf(unknown.spanId)).toBe(others);
    expect(await costOf(root.traceId)).toEqual({ input_cost: 10, output_cost: 12, total_cost: 22 });
    expect(await costOf(unknown.traceId)).toBeUndefined();
    expect(await costOf(agent.traceId)).toBeUndefined();
    expect(await generationOf(root.traceId)).toBe(generation + 1);
    expect(await reprice()).toBe("0 of 5 spans have got a cost.");
    expect(await generationOf(root.traceId)).toBe(generation + 1);
  });

  it("keeps the costs of a trace that its client has given", async () => {
    const experiment = await anExperiment(app);
    const span = aSpan({}, ofModel("acme-1"));
    await sendSpans(app, experiment, aRequest([span]));
    const given = { "mlflow.trace.cost": '{"input_cost": 1.0, "output_cost": 2.0, "total_cost": 3.0}' };
    const location = { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experiment } };
    const { status } = await app.post("/api/3.0/mlflow/traces", {
      trace: {
        trace_info: {
          trace_id: `tr-${span.traceId}`,
          trace_location: location,
          request_time: "2026-01-01T00:00:00Z",
          state: "OK",
          trace_metadata: given,
        },
      },
    });
    expect(status).toBe(200);
    expect(await reprice()).toMatch(/^1 of /);
    expect(await costOf(span.traceId)).toEqual(JSON.parse(given["mlflow.trace.cost"]));
    expect(await contentOf(span.spanId)).toContain("mlflow.llm.cost");
  });

  it("loses no span that is written meanwhile", async () => {
    const experiment = await anExperiment(app);
    const spans = Array.from({ length: 60 }, () => aSpan({}, ofModel("acme-1")));
    await sendSpans(app, experiment, aRequest(spans));
    const changed = spans.map((span, index) => ({
      ...span,
      name: `renamed ${index}`,
      attributes: attributesOf(ofModel("acme-1", { index })),
    }));
    const again = changed.map((span) => sendSpans(app, experiment, aRequest([span])));
    const [answers] = await Promise.all([Promise.all(again), reprice()]);
    expect(answers.map(({ status }) => status)).toEqual(spans.map(() => 200));
    await reprice();
    const { rows } = await app.db.query(
      "SELECT name, total_cost, content FROM spans WHERE trace_id = ANY($1) ORDER BY length(name), name",
      [spans.map(({ traceId }) => `tr-${traceId}`)],
    );
    expect(rows.map(({ name }) => name)).toEqual(spans.map((_, index) => `renamed ${index}`));
    for (const [index, { total_cost, content }] of rows.entries()) {
      expect(total_cost).toBe(11);
      expect(JSON.parse(content).attributes.index).toBe(String(index));
    }
  });

  it("says where prices come from when there are none", async () => {
    await rm(join(folder, "dist/ui", catalogueName));
    await expect(reprice()).rejects.toThrow(/The prices of models can't be read .*: npm run ui fetches them\./);
  });
});
