import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anExperiment, aRun, theRun, unique } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const post = (route: string, body: unknown) => app.post(`/api/2.0/mlflow/runs/${route}`, body);
const hint = " See the API docs for more information about request parameters.";
const metric = (key: string, value: unknown, step: unknown = 0) => ({ key, value, timestamp: 1, step });

describe("POST runs/search", () => {
  it("filters, orders and pages", async () => {
    const experiment_id = await anExperiment(app);
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) {
      const run_id = await aRun(app, { experiment_id, start_time: index });
      await post("log-batch", {
        run_id,
        metrics: [metric("m", index === 2 ? "NaN" : index)],
        params: [{ key: "odd key", value: "a AND b" }],
        tags: [{ key: "parity", value: index % 2 ? "odd" : "even" }],
      });
      ids.push(run_id);
    }
    const search = async (fields: object) => {
      const { body } = await post("search", { experiment_ids: [experiment_id], ...fields });
      const found = (body.runs ?? []) as { info: { run_id: string } }[];
      return { found: found.map(({ info }) => ids.indexOf(info.run_id)), token: body.next_page_token };
    };
    expect((await search({})).found).toEqual([4, 3, 2, 1, 0]);
    expect((await search({ filter: "metrics.m >= 1 and params.`odd key` = 'a AND b'" })).found).toEqual([4, 3, 1]);
    expect((await search({ order_by: ["metrics.m ASC"] })).found).toEqual([0, 1, 3, 4, 2]);
    const first = await search({ max_results: 2 });
    expect(first.found).toEqual([4, 3]);
    expect((await search({ max_results: 4, page_token: first.token })).found).toEqual([2, 1, 0]);
    expect((await search({ max_results: 4, page_token: first.token })).token).toBeUndefined();
  });

  it("answers runs as runs/get does", async () => {
    const experiment_id = await anExperiment(app);
    const run_id = await aRun(app, { experiment_id });
    await post("log-batch", {
      run_id,
      metrics: [metric('q"m'.replace('"', "_"), 1.5)],
      params: [{ key: "p", value: 'a"\\b\n\u2028' }],
    });
    const { body } = await post("search", { experiment_ids: [experiment_id] });
    expect(body.runs).toEqual([await theRun(app, run_id)]);
    expect(body.runs[0].data.params).toEqual([{ key: "p", value: 'a"\\b\n\u2028' }]);
  });

  it.each([
    [{ max_results: 0 }, "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"],
    [
      { max_results: 50_001 },
      `Invalid value 50001 for parameter 'max_results' supplied:  Hint: Value was of type 'int'.${hint}`,
    ],
    [{ experiment_ids: ["abc"] }, "Invalid experiment ID 'abc'. Experiment ID must be a valid integer."],
  ])("refuses %j", async (fields, message) => {
    const { status, body } = await post("search", { experiment_ids: [unique("0").slice(0, 1)], ...fields });
    expect(status).toBe(400);
    expect(body.message).toBe(message);
  });
});
