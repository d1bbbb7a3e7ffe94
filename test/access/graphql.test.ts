import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { query } from "../../functions/graphql/query.ts";
import { BlobStorage } from "../../shared/platform/azure/blobs.ts";
import type { Grant } from "../../shared/platform/identity/access.ts";
import { aModel, anExperiment, aRun, aVersion } from "../factories.ts";
import { type App, startApp } from "../support/app.ts";
import { askingOf, grant } from "./asking.ts";

let app: App;
let caller: ReturnType<typeof askingOf>;
const open = { experiment: "", run: "", model: "" };
const closed = { experiment: "", run: "", model: "" };

beforeAll(async () => {
  app = await startApp();
  caller = askingOf(app);
  for (const filled of [open, closed]) {
    filled.experiment = await anExperiment(app);
    filled.run = await aRun(app, { experiment_id: filled.experiment });
    filled.model = await aModel(app);
    await app.post("/api/2.0/mlflow/runs/log-metric", { run_id: filled.run, key: "m", value: 1, timestamp: 1 });
    const dataset = { name: "d", digest: "1", source_type: "local", source: "{}" };
    await app.post("/api/2.0/mlflow/runs/log-inputs", { run_id: filled.run, datasets: [{ dataset }] });
  }
  for (const name of [open.model, closed.model]) await aVersion(app, name, { run_id: open.run });
});

afterAll(async () => {
  await caller.end();
  await app.close();
});

/** Asks as someone who may read everything but what is denied. */
async function ask(text: string, ...more: Grant[]) {
  const denied = [grant("experiment", closed.experiment, "DENY"), grant("registered_model", closed.model, "DENY")];
  const asking = caller.asking([...denied, ...more]);
  const input = { query: text, variables: undefined, operation_name: undefined };
  return query(input, { ...asking, blobs: new BlobStorage(asking.config) });
}

const fields: [string, (of: typeof open) => string][] = [
  [
    "an experiment",
    ({ experiment }) => `mlflowGetExperiment(input: {experimentId: "${experiment}"}) { experiment { name } }`,
  ],
  ["a run", ({ run }) => `mlflowGetRun(input: {runId: "${run}"}) { run { info { runId } } }`],
  ["a run by its older name", ({ run }) => `mlflowGetRun(input: {runUuid: "${run}"}) { run { info { runId } } }`],
  ["artifacts", ({ run }) => `mlflowListArtifacts(input: {runId: "${run}"}) { rootUri }`],
  [
    "a history",
    ({ run }) =>
      `mlflowGetMetricHistoryBulkInterval(input: {runIds: ["${run}"], metricKey: "m"}) { metrics { value } }`,
  ],
];

describe("a root field of GraphQL", () => {
  it.each(fields)("answers %s that its caller may read, and no other", async (_, field) => {
    const { data, errors } = await ask(`{ open: ${field(open)} closed: ${field(closed)} }`);
    expect(data).toMatchObject({ open: expect.anything(), closed: null });
    expect(errors).toHaveLength(1);
    expect(errors![0]).toMatch(/^(Run with id=\w+ not found|No Experiment with id=\d+ exists)$/);
  });

  it("refuses a history where one of its runs can't be read", async () => {
    const runs = `["${open.run}", "${closed.run}"]`;
    const { data, errors } = await ask(
      `{ mlflowGetMetricHistoryBulkInterval(input: {runIds: ${runs}, metricKey: "m"}) { metrics { value } } }`,
    );
    expect([data, errors]).toEqual([
      { mlflowGetMetricHistoryBulkInterval: null },
      [`Run with id=${closed.run} not found`],
    ]);
  });

  it("searches what can be read", async () => {
    const experiments = `experimentIds: ["${open.experiment}", "${closed.experiment}"]`;
    const { data, errors } = await ask(`mutation { mlflowSearchRuns(input: {${experiments}}) { runs { info { runId } } }
      mlflowSearchDatasets(input: {${experiments}}) { datasetSummaries { experimentId } } }`);
    expect({ data, errors }).toEqual({
      data: {
        mlflowSearchRuns: { runs: [{ info: { runId: open.run } }] },
        mlflowSearchDatasets: { datasetSummaries: [{ experimentId: open.experiment }] },
      },
      errors: null,
    });
  });

  it("shows the versions of models that can be read", async () => {
    const { data } = await ask(`{ mlflowSearchModelVersions(input: {}) { modelVersions { name } }
      mlflowGetRun(input: {runId: "${open.run}"}) { run { modelVersions { name } experiment { experimentId } } } }`);
    expect(data).toEqual({
      mlflowSearchModelVersions: { modelVersions: [{ name: open.model }] },
      mlflowGetRun: { run: { modelVersions: [{ name: open.model }], experiment: { experimentId: open.experiment } } },
    });
  });

  it("takes no filter by what is denied as a whole", async () => {
    const versions = `{ mlflowSearchModelVersions(input: {filter: "run_id = '${open.run}'"}) { modelVersions { name } } }`;
    expect((await ask(versions)).data).toMatchObject({ mlflowSearchModelVersions: { modelVersions: [{}] } });
    expect((await ask(versions, grant("run", "*", "DENY"))).data).toEqual({ mlflowSearchModelVersions: null });
  });
});
