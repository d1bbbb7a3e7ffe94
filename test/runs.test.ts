import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anExperiment, aRun, theRun } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const post = (route: string, body: unknown) => app.post(`/api/2.0/mlflow/runs/${route}`, body);
const byKey = (items: { key: string; value?: unknown }[] = []) =>
  Object.fromEntries(items.map(({ key, ...rest }) => [key, rest]));

describe("POST runs/create", () => {
  it("works", async () => {
    const experiment_id = await anExperiment(app);
    const { status, body } = await post("create", {
      experiment_id,
      start_time: 5,
      user_id: "me",
      run_name: "first",
      tags: [{ key: "a", value: "b" }],
    });
    expect(status).toBe(200);
    const { run_id } = body.run.info;
    expect(run_id).toMatch(/^[0-9a-f]{32}$/);
    expect(body.run).toEqual({
      info: {
        run_id,
        run_uuid: run_id,
        experiment_id,
        run_name: "first",
        user_id: "me",
        status: "RUNNING",
        start_time: 5,
        artifact_uri: `mlflow-artifacts:/${experiment_id}/${run_id}/artifacts`,
        lifecycle_stage: "active",
      },
      data: {
        tags: expect.arrayContaining([
          { key: "a", value: "b" },
          { key: "mlflow.runName", value: "first" },
        ]),
      },
      inputs: {},
    });
    expect(await theRun(app, run_id)).toEqual({ ...body.run, outputs: {} });
  });

  it("names a run that has no name", async () => {
    const experiment_id = await anExperiment(app);
    const { info, data } = (await post("create", { experiment_id })).body.run;
    expect(info.run_name).toMatch(/^[a-z]+-[a-z]+-\d{1,3}$/);
    expect(data.tags).toEqual([{ key: "mlflow.runName", value: info.run_name }]);
  });

  it("appends to an artifact location that has a query", async () => {
    const experiment_id = await anExperiment(app, { artifact_location: "mlflow-artifacts:/odd/place/?a=b" });
    const { info } = (await post("create", { experiment_id })).body.run;
    expect(info.artifact_uri).toBe(`mlflow-artifacts:/odd/place/${info.run_id}/artifacts?a=b`);
  });

  it("refuses two names, an unknown, a malformed and a deleted experiment", async () => {
    const experiment_id = await anExperiment(app);
    const two = await post("create", { experiment_id, run_name: "a", tags: [{ key: "mlflow.runName", value: "b" }] });
    expect(two.body.message).toBe(
      "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='a', mlflow.runName='b').",
    );
    expect((await post("create", { experiment_id: "99999" })).status).toBe(404);
    expect((await post("create", { experiment_id: "abc" })).status).toBe(400);
    await app.post("/api/2.0/mlflow/experiments/delete", { experiment_id });
    const deleted = await post("create", { experiment_id });
    expect(deleted.status).toBe(400);
    expect(deleted.body.message).toBe(
      `The experiment ${experiment_id} must be in the 'active' state. Current state is deleted.`,
    );
  });
});

describe("POST runs/update", () => {
  it("ends and renames a run", async () => {
    const run_id = await aRun(app);
    const { body } = await post("update", {
      run_id,
      status: "FINISHED",
      end_time: "9007199254740993",
      run_name: "done",
    });
    expect(body.run_info).toMatchObject({ status: "FINISHED", run_name: "done" });
    expect(app.lastText()).toContain('"end_time":9007199254740993');
    expect(byKey((await theRun(app, run_id)).data.tags)["mlflow.runName"]).toEqual({ value: "done" });
  });

  it("refuses a bad status and a deleted run, and changes nothing", async () => {
    const run_id = await aRun(app);
    const bad = await post("update", { run_id, status: "ZORK", end_time: 5 });
    expect(bad.status).toBe(400);
    expect(bad.body.message).toContain("Invalid value \"ZORK\" for parameter 'status'");
    expect((await theRun(app, run_id)).info.end_time).toBeUndefined();
    await post("delete", { run_id });
    const deleted = await post("update", { run_id, status: "FINISHED" });
    expect(deleted.body.message).toBe(`The run ${run_id} must be in the 'active' state. Current state is deleted.`);
  });
});

describe("POST runs/delete and restore", () => {
  it("work, and refuse an unknown run", async () => {
    const run_id = await aRun(app);
    await post("delete", { run_id });
    expect((await theRun(app, run_id)).info.lifecycle_stage).toBe("deleted");
    await post("restore", { run_id });
    expect((await theRun(app, run_id)).info.lifecycle_stage).toBe("active");
    for (const route of ["delete", "restore"])
      expect((await post(route, { run_id: "nobody" })).body.message).toBe("Run with id=nobody not found");
  });
});
