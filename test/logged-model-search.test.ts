import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aLoggedModel, anExperiment, aRun, times } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const base = "/api/2.0/mlflow/logged-models";
const post = (path: string, body: unknown) => app.post(base + path, body);
const theModel = async (id: string) => (await app.get(`${base}/${id}`)).body.model;
const logMetric = (run_id: string, fields: object) =>
  app.post("/api/2.0/mlflow/runs/log-metric", { run_id, timestamp: 1, step: 0, ...fields });

describe("POST logged-models/search", () => {
  const namesOf = (body: { models?: { info: { name: string } }[] }) => (body.models ?? []).map(({ info }) => info.name);

  async function aZoo() {
    const experiment_id = await anExperiment(app);
    const run_id = await aRun(app, { experiment_id });
    for (const [index, name] of ["alpha", "beta", "gamma"].entries()) {
      const params = [{ key: "lr", value: `0.${index}` }];
      const model_id = await aLoggedModel(app, { experiment_id, name, params });
      await logMetric(run_id, { key: "acc", value: index, model_id });
      if (name === "beta")
        await logMetric(run_id, { key: "f1", value: 1, model_id, dataset_name: "d", dataset_digest: "x" });
    }
    const search = async (body: object = {}) =>
      (await post("/search", { experiment_ids: [experiment_id], ...body })).body;
    return { experiment_id, search };
  }

  it("answers whole models, the latest first, without the deleted", async () => {
    const { experiment_id, search } = await aZoo();
    const gone = await aLoggedModel(app, { experiment_id, name: "gone" });
    await app.request("DELETE", `${base}/${gone}`);
    const found = await search();
    expect(namesOf(found)).toEqual(["gamma", "beta", "alpha"]);
    expect(found.next_page_token).toBeUndefined();
    for (const model of found.models) expect(await theModel(model.info.model_id)).toEqual(model);
  });

  it("filters and orders by attributes, metrics and params, and by datasets", async () => {
    const { search } = await aZoo();
    const names = async (body: object) => namesOf(await search(body));
    const by = (field_name: string, ascending = true) => ({ order_by: [{ field_name, ascending }] });
    expect(await names({ filter: "name != 'beta'", ...by("name") })).toEqual(["alpha", "gamma"]);
    expect(await names({ filter: "metrics.acc >= 1 AND params.lr = '0.1'" })).toEqual(["beta"]);
    expect(await names({ filter: "metrics.acc >= 0 AND metrics.f1 >= 1" })).toEqual(["beta"]);
    expect(await names({ filter: "metrics.acc > 1 AND metrics.f1 >= 1" })).toEqual([]);
    expect(await names({ filter: "metrics.acc > 0 AND metrics.acc < 2" })).toEqual(["beta"]);
    expect(await names(by("metrics.acc", false))).toEqual(["gamma", "beta", "alpha"]);
    expect(await names(by("metrics.f1"))).toEqual(["beta", "gamma", "alpha"]);
    expect(await names({ datasets: [{ dataset_name: "d", dataset_digest: "x" }] })).toEqual(["beta"]);
    expect(await names({ datasets: [{ dataset_name: "d", dataset_digest: "y" }] })).toEqual([]);
  });

  it("goes by pages whose tokens belong to one search", async () => {
    const { search } = await aZoo();
    const first = await search({ max_results: 2 });
    expect(namesOf(first)).toEqual(["gamma", "beta"]);
    const page_token = first.next_page_token;
    const second = await search({ max_results: 2, page_token });
    expect([namesOf(second), second.next_page_token]).toEqual([["alpha"], undefined]);
    const other = await search({ page_token, filter: "name = 'alpha'" });
    expect(other.message).toBe(
      "Filter string in the page token does not match the requested filter string. Expected: name = 'alpha'. Found: None",
    );
  });

  it("answers 50 at first, 100 for max_results 0", async () => {
    const experiment_id = await anExperiment(app);
    await times(51, () => aLoggedModel(app, { experiment_id }));
    const search = async (body: object) => (await post("/search", { experiment_ids: [experiment_id], ...body })).body;
    expect((await search({})).models).toHaveLength(50);
    expect((await search({ max_results: 0 })).models).toHaveLength(51);
  });

  it("is empty without experiments, and refuses bad input", async () => {
    const { search } = await aZoo();
    expect(await search({ experiment_ids: [] })).toEqual({});
    expect((await post("/search", {})).body.message).toContain("Missing value for required parameter 'experiment_ids'");
    expect((await search({ experiment_ids: ["abc"] })).error_code).toBe("INVALID_PARAMETER_VALUE");
    expect((await search({ max_results: -1 })).error_code).toBe("INVALID_PARAMETER_VALUE");
    expect((await search({ datasets: [{ dataset_digest: "x" }] })).message).toBe(
      "`dataset_name` in the `datasets` clause must be specified.",
    );
    expect(await search({ order_by: [{ field_name: "nope" }] })).toEqual({
      error_code: "INVALID_PARAMETER_VALUE",
      message: "Invalid order by field name: nope",
      sqlstate: "KAM04",
      error_class: "ATTRIBUTE_NOT_FOUND",
    });
  });
});
