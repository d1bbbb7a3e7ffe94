import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anExperiment, aRun } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const mlflow = "/api/2.0/mlflow";
const metricsOf = (count: number) => Array.from({ length: count }, (_, index) => `metrics.m${index}`);
const allOf = (count: number) => Array.from({ length: count }, (_, index) => `params.p${index} = 'x'`).join(" AND ");
const queryOf = (fields: { order_by?: string[]; filter?: string }) => ({
  ...(fields.order_by && { order_by: fields.order_by }),
  ...(fields.filter !== undefined && { filter: fields.filter }),
});

/** Every route that takes a filter and an order, asked with these. */
const searches: Record<string, (fields: { order_by?: string[]; filter?: string }) => ReturnType<App["post"]>> = {
  runs: (fields) => app.post(`${mlflow}/runs/search`, { experiment_ids: ["0"], ...fields }),
  experiments: (fields) => app.post(`${mlflow}/experiments/search`, { max_results: 1, ...fields }),
  "registered models": (fields) => app.get(`${mlflow}/registered-models/search`, queryOf(fields)),
  "model versions": (fields) => app.get(`${mlflow}/model-versions/search`, queryOf(fields)),
  "logged models": ({ order_by, filter }) =>
    app.post(`${mlflow}/logged-models/search`, {
      experiment_ids: ["0"],
      filter,
      order_by: order_by?.map((field_name) => ({ field_name })),
    }),
};

describe.each(Object.entries(searches))("a search of %s", (_, search) => {
  it("refuses an order_by that no client sends, and names the limit", async () => {
    const { status, body } = await search({ order_by: metricsOf(300) });
    expect(status).toBe(400);
    expect(body.message).toMatch(/^order_by can have at most 30 entries, got \d+\.$/);
  });

  it("refuses a filter that no client sends, and names the limit", async () => {
    const { status, body } = await search({ filter: allOf(101) });
    expect([status, body.message]).toEqual([400, "A filter can have at most 100 comparisons."]);
  });
});

describe("POST runs/search", () => {
  const search = searches.runs!;

  it("names the limit of a filter of 2 MB", async () => {
    for (const filter of [`params.a = '${"x".repeat(800_000)}'`, "metrics.a > 1 AND ".repeat(50_000)]) {
      const { status, body } = await search({ filter });
      expect(status).toBe(400);
      expect(body.message).toMatch(/^A filter can have at most 262144 characters, got \d+\.$/);
    }
  });

  it("takes the run ids that the page sends, and as many as stock takes", async () => {
    const experiment_id = await anExperiment(app);
    const run_id = await aRun(app, { experiment_id });
    for (const count of [400, 3300]) {
      const ids = Array.from({ length: count }, (_, index) => `'${String(index).padStart(32, "0")}'`);
      const filter = `attributes.run_id IN (${[...ids, `'${run_id}'`].join(", ")})`;
      const { status, body } = await app.post(`${mlflow}/runs/search`, { experiment_ids: [experiment_id], filter });
      expect([status, body.runs?.length]).toEqual([200, 1]);
    }
  });

  it("takes an order_by of 30 metrics and a filter of 100 params", async () => {
    expect(await search({ order_by: metricsOf(30), filter: allOf(100) })).toMatchObject({ status: 200, body: {} });
  });
});

describe("ids that no experiment can have", () => {
  const impossible = ["2147483648", "-2147483649", "9223372036854775808", "9".repeat(30)];

  it("match nothing beside those that one has", async () => {
    const experiment_id = await anExperiment(app);
    const run_id = await aRun(app, { experiment_id });
    await app.post(`${mlflow}/logged-models`, { experiment_id, name: "model" });
    const dataset = { name: "d", digest: "1", source_type: "local", source: "{}" };
    await app.post(`${mlflow}/runs/log-inputs`, { run_id, datasets: [{ dataset }] });
    const datasetsPath = "/ajax-api/2.0/mlflow/experiments/search-datasets";
    const query = `query Q($d: MlflowSearchRunsInput!) { mlflowSearchRuns(input: $d) { runs { info { runId } } } }`;
    const found = async (experiment_ids: string[]) => {
      const [runs, models, datasets, graphql] = await Promise.all([
        app.post(`${mlflow}/runs/search`, { experiment_ids }),
        app.post(`${mlflow}/logged-models/search`, { experiment_ids }),
        app.post(datasetsPath, { experiment_ids }),
        app.post("/graphql", { query, variables: { d: { experimentIds: experiment_ids } } }),
      ]);
      expect([runs.status, models.status, datasets.status, graphql.status]).toEqual([200, 200, 200, 200]);
      const counts = [runs.body.runs, models.body.models, datasets.body.dataset_summaries];
      return [...counts, graphql.body.data.mlflowSearchRuns.runs].map((list) => list?.length ?? 0);
    };
    for (const id of impossible) {
      expect(await found([id])).toEqual([0, 0, 0, 0]);
      expect(await found([experiment_id, id])).toEqual([1, 1, 1, 1]);
    }
  });

  it("match nothing in a filter", async () => {
    const experiment_id = await anExperiment(app);
    await app.post(`${mlflow}/logged-models`, { experiment_id, name: "model" });
    for (const id of impossible) {
      const filter = `experiment_id IN ('${experiment_id}', '${id}')`;
      const experiments = await app.post(`${mlflow}/experiments/search`, { filter, max_results: 5 });
      expect(experiments.body.experiments).toHaveLength(1);
      const models = await app.post(`${mlflow}/logged-models/search`, { experiment_ids: [experiment_id], filter });
      expect(models.body.models).toHaveLength(1);
    }
  });

  it("are refused where they are no numbers", async () => {
    for (const id of ["abc", "", "1.5", "9".repeat(4301)]) {
      const { status, body } = await app.post(`${mlflow}/runs/search`, { experiment_ids: ["0", id] });
      expect(status).toBe(400);
      expect(body.message).toMatch(/^Invalid experiment ID '/);
    }
  });
});
