import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aModel, aRun, aVersion } from "../factories.ts";
import { type Answer, type App, startApp } from "../support/app.ts";
import { sendTo, type Target, targets } from "./requests.ts";

let app: App;
let plausible: Record<string, unknown>;
let all: Target[];
beforeAll(async () => {
  app = await startApp();
  const [run_id, name] = [await aRun(app, { experiment_id: "0" }), await aModel(app)];
  const version = await aVersion(app, name);
  const entry = { key: "k", value: "v" };
  plausible = {
    run_id,
    run_uuid: run_id,
    run_ids: [run_id],
    experiment_id: "0",
    experiment_ids: ["0"],
    name,
    version,
    ...entry,
    metric_key: "k",
    timestamp: 1,
    path: "a.txt",
    artifact_path: "a.txt",
    source: "s3://bucket/model",
    tags: [entry],
    params: [entry],
    query: "{ test }",
  };
  all = await targets();
});
afterAll(() => app.close());

const long = "ab".repeat(1000);
const longer = "😀日".repeat(300);
const wraps: ((text: string) => string)[] = [
  (text) => text,
  (text) => `metrics.${text} > 0`,
  (text) => `${text}.a = 'x' AND metrics.b = '${text}'`,
  (text) => `params.\`${text}\` IN (${text})`,
  (text) => `attributes.${text} LIKE '${text}\\'`,
  (text) => `wasbs://c@${text}/../${text}`,
  (text) => `models:/${text}/9`,
  (text) => `mlflow-artifacts:/${text}/../..`,
  (text) => `/${text}/#`,
  (text) => `{ ${text} }`,
];

/** Each text and list of texts of each route, filled with `make`, the other fields with what makes sense. */
async function* sweep(make: (name: string) => unknown[]): AsyncGenerator<[string, Answer]> {
  for (const target of all)
    for (const { name, type, repeated } of target.fields) {
      if (type !== "string") continue;
      const others = Object.fromEntries(
        target.fields.map((field) => [field.name, plausible[field.name]]).filter(([, value]) => value !== undefined),
      );
      for (const value of make(name))
        yield [
          `${target.route.method} ${target.path} ${name}=${String(value).slice(0, 40)}`,
          await sendTo(app, target, { ...others, [name]: repeated ? [value] : value }),
        ];
    }
}

const isRefusal = ({ status }: Answer) => status >= 400;

describe("what is sent", () => {
  it("comes back at most 200 characters long, in an error below 4 KB", async () => {
    let refused = 0;
    for await (const [name, answer] of sweep(() => wraps.map((wrap) => wrap(long)))) {
      expect(answer.status, name).toBeLessThan(500);
      if (!isRefusal(answer)) continue;
      refused++;
      expect(Buffer.byteLength(answer.text), name).toBeLessThan(4096);
      expect(answer.text, name).not.toContain("ab".repeat(101));
    }
    expect(refused).toBeGreaterThan(300);
    expect(app.lines.join("\n")).not.toContain("ab".repeat(101));
  }, 300_000);

  it("comes back as valid Unicode, whatever it is cut from", async () => {
    for await (const [name, answer] of sweep(() => wraps.slice(0, 3).map((wrap) => wrap(longer)))) {
      if (!isRefusal(answer) || answer.headers.get("content-type") !== "application/json") continue;
      expect(Buffer.byteLength(answer.text), name).toBeLessThan(4096);
      expect(JSON.stringify(answer.body), name).not.toMatch(/\\ud[89a-f]/i);
    }
  }, 300_000);

  it("may be nested as deeply as it likes: it is refused", async () => {
    const nested = (open: string, close: string, levels: number) => open.repeat(levels) + close.repeat(levels);
    const token = Buffer.from(`{"offset": ${nested("[", "]", 20_000)}}`).toString("base64");
    for await (const [name, answer] of sweep((field) => [
      ...(field === "page_token" ? [token] : []),
      nested("[", "]", 1000),
      nested("(", ")", 1000),
      nested("{a", "}", 1000),
    ]))
      expect(answer.status, name).toBeLessThan(500);
    for (const target of all) {
      if (target.route.method === "GET" || target.route.binary) continue;
      for (const { name } of target.fields) {
        const answer = await sendTo(app, target, { ...plausible, [name]: "DEEP" });
        expect(answer, `${target.path} ${name}`).toMatchObject({
          status: 400,
          body: { error_code: "INVALID_PARAMETER_VALUE", message: expect.stringContaining("nested") },
        });
      }
    }
  }, 300_000);
});

describe("filters with characters above U+FFFF", () => {
  it.each([
    ["metrics.😀 > 0", "Invalid clause(s) in filter string: 'metrics.', '😀', '>', '0'"],
    ["😀", "Invalid clause(s) in filter string: '😀'"],
    ["metrics.a😀b = 3", "Invalid clause(s) in filter string: 'metrics.a', '😀'"],
  ])("are refused as stock refuses them: %s", async (filter, message) => {
    const { body } = await app.post("/api/2.0/mlflow/runs/search", { experiment_ids: ["0"], filter });
    expect(body.message).toBe(message);
  });
});
