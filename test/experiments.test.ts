import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anExperiment, aRun, theRun, times, unique } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const create = (body: unknown) => app.post("/api/2.0/mlflow/experiments/create", body);
const post = (route: string, body: unknown) => app.post(`/api/2.0/mlflow/experiments/${route}`, body);
const get = async (experiment_id: string) =>
  (await app.get("/api/2.0/mlflow/experiments/get", { experiment_id })).body.experiment;

const refusal = (error_code: string, message: string) => expect.objectContaining({ error_code, message });
const hint = " See the API docs for more information about request parameters.";

describe("POST experiments/create", () => {
  it("works, under both prefixes", async () => {
    const name = unique("é 世界");
    const { status, body } = await create({ name, tags: [{ key: "team", value: "a" }] });
    expect(status).toBe(200);
    const id = body.experiment_id;
    expect(await get(id)).toEqual({
      experiment_id: id,
      name,
      artifact_location: `mlflow-artifacts:/${id}`,
      lifecycle_stage: "active",
      creation_time: expect.any(Number),
      last_update_time: expect.any(Number),
      tags: [{ key: "team", value: "a" }],
      workspace: "default",
    });
    const ajax = await app.post("/ajax-api/2.0/mlflow/experiments/create", { name: unique("ajax") });
    expect(ajax.status).toBe(200);
    expect(await get(body.experiment_id)).toMatchObject({ name });
  });

  it.each([
    ["no name", {}, `Missing value for required parameter 'name'.${hint}`],
    ["an empty name", { name: "" }, `Missing value for required parameter 'name'.${hint}`],
    ["a blank name", { name: "  " }, "Invalid experiment name: '  '"],
    [
      "a number for a name",
      { name: 5 },
      `Invalid value 5 for parameter 'name' supplied:  Hint: Value was of type 'int'.${hint}`,
    ],
    ["a name of 501 characters", { name: "x".repeat(501) }, "'name' exceeds the maximum length of 500 characters"],
    [
      "tags that are no list",
      { name: "x", tags: "a" },
      `Invalid value "a" for parameter 'tags' supplied:  Hint: Value was of type 'str'.${hint}`,
    ],
    [
      "a runs:/ location",
      { name: "x", artifact_location: "runs:/a" },
      "Artifact location cannot be a runs:/ URI. Given: 'runs:/a'",
    ],
  ])("refuses %s", async (_, body, message) => {
    const answer = await create(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(refusal("INVALID_PARAMETER_VALUE", message));
  });

  it.each(["", "{", "null", "nonsense"])("takes the body %j as empty", async (body) => {
    const answer = await app.request("POST", "/api/2.0/mlflow/experiments/create", {
      body,
      headers: { "content-type": "application/json" },
    });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toBe(`Missing value for required parameter 'name'.${hint}`);
  });

  it("takes JSON within a JSON string, as old clients send it", async () => {
    const name = unique("doubly");
    const { status } = await create(JSON.stringify({ name }));
    expect(status).toBe(200);
  });

  it("refuses another content type", async () => {
    const answer = await app.request("POST", "/api/2.0/mlflow/experiments/create", {
      body: "{}",
      headers: { "content-type": "text/plain" },
    });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain("Content-Type must be one of ['application/json']");
  });

  it("has one winner among concurrent creations", async () => {
    const name = unique("raced");
    const answers = await times(16, () => create({ name }));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const lost = answers.filter(({ status }) => status !== 200);
    expect(lost).toHaveLength(15);
    for (const { status, body } of lost) {
      expect(status).toBe(400);
      expect(body.error_code).toBe("RESOURCE_ALREADY_EXISTS");
    }
  });

  it("refuses a workspace", async () => {
    const answer = await app.request("POST", "/api/2.0/mlflow/experiments/create", {
      body: JSON.stringify({ name: unique("w") }),
      headers: { "content-type": "application/json", "x-mlflow-workspace": "team" },
    });
    expect(answer.body.error_code).toBe("FEATURE_DISABLED");
  });
});

describe("GET experiments/get", () => {
  it("has the Default experiment", async () => {
    expect(await get("0")).toMatchObject({ name: "Default", lifecycle_stage: "active" });
  });

  it("refuses unknown and malformed ids", async () => {
    const unknown = await app.get("/api/2.0/mlflow/experiments/get", { experiment_id: "123456" });
    expect(unknown.status).toBe(404);
    expect(unknown.body).toEqual(refusal("RESOURCE_DOES_NOT_EXIST", "No Experiment with id=123456 exists"));
    const malformed = await app.get("/api/2.0/mlflow/experiments/get", { experiment_id: "abc" });
    expect(malformed.status).toBe(400);
  });
});

describe("GET experiments/get-by-name", () => {
  it("finds deleted ones too", async () => {
    const name = unique("named");
    const id = await anExperiment(app, { name });
    await post("delete", { experiment_id: id });
    const { body } = await app.get("/api/2.0/mlflow/experiments/get-by-name", { experiment_name: name });
    expect(body.experiment).toMatchObject({ experiment_id: id, lifecycle_stage: "deleted" });
  });

  it("refuses an unknown name", async () => {
    const { status, body } = await app.get("/api/2.0/mlflow/experiments/get-by-name", { experiment_name: "nobody" });
    expect(status).toBe(404);
    expect(body).toEqual(refusal("RESOURCE_DOES_NOT_EXIST", "Could not find experiment with name 'nobody'"));
  });
});

describe("POST experiments/update", () => {
  it("renames", async () => {
    const id = await anExperiment(app);
    const new_name = unique("renamed");
    expect((await post("update", { experiment_id: id, new_name })).body).toEqual({});
    expect((await get(id)).name).toBe(new_name);
  });

  it("refuses a taken name, a deleted experiment, an unknown one", async () => {
    const [id, other] = [await anExperiment(app), await anExperiment(app)];
    const taken = await post("update", { experiment_id: id, new_name: (await get(other)).name });
    expect(taken.status).toBe(400);
    await post("delete", { experiment_id: id });
    const deleted = await post("update", { experiment_id: id, new_name: unique("x") });
    expect(deleted.status).toBe(500);
    expect(deleted.body).toEqual(refusal("INVALID_STATE", "Cannot rename a non-active experiment."));
    expect((await post("update", { experiment_id: "99999", new_name: "x" })).status).toBe(404);
  });
});

describe("POST experiments/delete and restore", () => {
  it("take the runs along", async () => {
    const id = await anExperiment(app);
    const run = await aRun(app, { experiment_id: id });
    await post("delete", { experiment_id: id });
    expect((await theRun(app, run)).info.lifecycle_stage).toBe("deleted");
    expect((await post("delete", { experiment_id: id })).status).toBe(404);
    await post("restore", { experiment_id: id });
    expect((await theRun(app, run)).info.lifecycle_stage).toBe("active");
    expect((await post("restore", { experiment_id: id })).status).toBe(404);
  });
});

describe("POST experiments/set-experiment-tag and delete-experiment-tag", () => {
  it("set, overwrite and delete", async () => {
    const id = await anExperiment(app);
    await post("set-experiment-tag", { experiment_id: id, key: "k", value: "1" });
    await post("set-experiment-tag", { experiment_id: id, key: "k", value: "2" });
    expect((await get(id)).tags).toEqual([{ key: "k", value: "2" }]);
    expect((await post("delete-experiment-tag", { experiment_id: id, key: "k" })).status).toBe(200);
    expect((await get(id)).tags).toBeUndefined();
    const again = await post("delete-experiment-tag", { experiment_id: id, key: "k" });
    expect(again.body).toEqual(refusal("RESOURCE_DOES_NOT_EXIST", `No tag with name: k in experiment with id ${id}`));
  });

  it("refuse a deleted experiment", async () => {
    const id = await anExperiment(app);
    await post("delete", { experiment_id: id });
    const { status, body } = await post("set-experiment-tag", { experiment_id: id, key: "k", value: "1" });
    expect(status).toBe(400);
    expect(body.message).toBe(`The experiment ${id} must be in the 'active' state. Current state is deleted.`);
  });

  it("keep at most 50 saved views", async () => {
    const id = await anExperiment(app);
    const view = (index: number) =>
      post("set-experiment-tag", { experiment_id: id, key: `mlflow.customView.view${index}`, value: "{}" });
    for (let index = 0; index < 50; index++) expect((await view(index)).status).toBe(200);
    expect((await view(7)).status).toBe(200);
    const { status, body } = await view(50);
    expect(status).toBe(400);
    expect(body.message).toContain(`for experiment ${id}; the maximum number of custom views per experiment is 50`);
  });
});

describe("experiments/search", () => {
  it("filters, orders and pages", async () => {
    const prefix = unique("searched");
    for (const index of [0, 1, 2, 3, 4])
      await anExperiment(app, {
        name: `${prefix}-${index}`,
        tags: [{ key: "parity", value: index % 2 ? "odd" : "even" }],
      });
    const search = {
      filter: `name LIKE '${prefix}%' AND tags.parity = 'even'`,
      order_by: ["name DESC"],
      max_results: 2,
    };
    const first = await post("search", search);
    expect(first.body.experiments.map((e: { name: string }) => e.name)).toEqual([`${prefix}-4`, `${prefix}-2`]);
    const second = await post("search", { ...search, page_token: first.body.next_page_token });
    expect(second.body.experiments.map((e: { name: string }) => e.name)).toEqual([`${prefix}-0`]);
    expect(second.body.next_page_token).toBeUndefined();
  });

  it("works as GET, with a repeated parameter", async () => {
    const name = unique("got");
    await anExperiment(app, { name });
    const { body } = await app.get("/api/2.0/mlflow/experiments/search", {
      filter: `name = '${name}'`,
      max_results: "5",
      order_by: ["name", "creation_time DESC"],
      view_type: "ALL",
    });
    expect(body.experiments).toHaveLength(1);
  });

  it("shows deleted ones when asked", async () => {
    const name = unique("gone");
    const id = await anExperiment(app, { name });
    await post("delete", { experiment_id: id });
    const search = { filter: `name = '${name}'`, max_results: 5 };
    expect((await post("search", search)).body).toEqual({});
    expect((await post("search", { ...search, view_type: "DELETED_ONLY" })).body.experiments).toHaveLength(1);
    expect((await post("search", { ...search, view_type: 3 })).body.experiments).toHaveLength(1);
  });

  it.each([
    [{}, "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"],
    [{ max_results: 50_001 }, "Invalid value 50001 for parameter 'max_results' supplied. It must be at most 50000"],
    [{ max_results: 5, page_token: "%%%" }, "Invalid page token, decoded value=b''"],
  ])("refuses %j", async (body, message) => {
    const answer = await post("search", body);
    expect(answer.status).toBe(400);
    expect(answer.body.message).toBe(message);
  });
});
