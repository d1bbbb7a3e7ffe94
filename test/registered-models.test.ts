import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aModel, aVersion, times, unique } from "./factories.ts";
import { type App, startApp } from "./support/app.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const base = "/api/2.0/mlflow/registered-models";
const json = { "content-type": "application/json" };
const post = (route: string, body: unknown) => app.post(`${base}/${route}`, body);
const get = (route: string, query: Record<string, string | string[]>) => app.get(`${base}/${route}`, query);
const send = (method: string, route: string, body: unknown) =>
  app.request(method, `${base}/${route}`, { body: JSON.stringify(body), headers: json });
const model = async (name: string) => (await get("get", { name })).body.registered_model;

describe("POST registered-models/create", () => {
  it("works", async () => {
    const name = unique("iris 模型");
    const { status, body } = await post("create", {
      name,
      description: "Which iris?",
      tags: [
        { key: "task", value: "old" },
        { key: "task", value: "classification" },
      ],
    });
    expect(status).toBe(200);
    expect(body.registered_model).toEqual({
      name,
      description: "Which iris?",
      creation_timestamp: expect.any(Number),
      last_updated_timestamp: body.registered_model.creation_timestamp,
      tags: [{ key: "task", value: "classification" }],
    });
    expect(await model(name)).toEqual(body.registered_model);
  });

  it("says which kind of entity has the name", async () => {
    const [name, prompt] = [await aModel(app), unique("prompt")];
    const tags = [{ key: "mlflow.prompt.is_prompt", value: "true" }];
    await post("create", { name: prompt, tags });
    const again = await post("create", { name });
    expect(again.status).toBe(400);
    expect(again.body).toMatchObject({
      error_code: "RESOURCE_ALREADY_EXISTS",
      message: `Registered Model (name=${name}) already exists.`,
    });
    expect((await post("create", { name: prompt, tags })).body.message).toBe(`Prompt (name=${prompt}) already exists.`);
    expect((await post("create", { name: prompt })).body.message).toContain("already taken by a prompt");
  });

  it.each([
    ["", /Missing value for required parameter 'name'/],
    ["a/b", "Invalid model name 'a/b'. Names cannot contain '/' or ':'."],
    ["..", /This name would resolve to '..'/],
  ])("refuses the name %j", async (name, message) => {
    const { status, body } = await post("create", { name });
    expect(status).toBe(400);
    expect(body.message).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
  });

  it("has one winner among concurrent creations", async () => {
    const name = unique("raced");
    const answers = await times(16, () => post("create", { name, tags: [{ key: "k", value: "v" }] }));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.error_code === "RESOURCE_ALREADY_EXISTS")).toHaveLength(15);
  });
});

describe("PATCH registered-models/update, POST rename, DELETE delete", () => {
  it("change the description", async () => {
    const name = await aModel(app);
    const { body } = await send("PATCH", "update", { name, description: "new" });
    expect(body.registered_model.description).toBe("new");
  });

  it("rename a model with all it has", async () => {
    const name = await aModel(app, { tags: [{ key: "k", value: "v" }] });
    await aVersion(app, name, { tags: [{ key: "vk", value: "vv" }] });
    await post("alias", { name, alias: "champion", version: "1" });
    const new_name = unique("renamed");
    const { body } = await post("rename", { name, new_name });
    expect(body.registered_model).toMatchObject({
      name: new_name,
      tags: [{ key: "k", value: "v" }],
      aliases: [{ alias: "champion", version: "1" }],
      latest_versions: [{ name: new_name, version: "1", tags: [{ key: "vk", value: "vv" }] }],
    });
    expect((await get("get", { name })).status).toBe(404);
  });

  it("refuse to rename to a taken name, and change nothing", async () => {
    const [name, taken] = [await aModel(app), await aModel(app)];
    const before = await model(name);
    const { status, body } = await post("rename", { name, new_name: taken });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error_code: "RESOURCE_ALREADY_EXISTS" });
    expect(await model(name)).toEqual(before);
  });

  it("delete a model with its versions, tags and aliases", async () => {
    const name = await aModel(app, { tags: [{ key: "k", value: "v" }] });
    await aVersion(app, name, { tags: [{ key: "k", value: "v" }] });
    await post("alias", { name, alias: "a", version: "1" });
    expect((await send("DELETE", "delete", { name })).body).toEqual({});
    expect((await send("DELETE", "delete", { name })).body.message).toBe(
      `Registered Model with name=${name} not found`,
    );
    await post("create", { name });
    expect(await aVersion(app, name)).toBe("1");
  });
});

describe("registered-models/alias", () => {
  it("sets, moves, answers and deletes", async () => {
    const name = await aModel(app);
    await aVersion(app, name);
    await aVersion(app, name);
    await post("alias", { name, alias: "champion", version: "1" });
    await post("alias", { name, alias: "champion", version: "2" });
    const found = await get("alias", { name, alias: "champion" });
    expect(found.body.model_version).toMatchObject({ version: "2", aliases: ["champion"] });
    expect((await get("alias", { name, alias: "LATEST" })).body.model_version.version).toBe("2");
    await send("DELETE", "alias", { name, alias: "champion" });
    const gone = await get("alias", { name, alias: "champion" });
    expect(gone.status).toBe(400);
    expect(gone.body.message).toBe("Registered model alias champion not found.");
  });

  it.each([
    ["latest", "'latest' alias name (case insensitive) is reserved."],
    ["v12", "Version alias name 'v12' is reserved."],
    ["a b", "Invalid alias name: 'a b'. Names may only contain alphanumerics, underscores (_), and dashes (-)."],
  ])("refuses to set %s", async (alias, message) => {
    const name = await aModel(app);
    await aVersion(app, name);
    const { status, body } = await post("alias", { name, alias, version: "1" });
    expect(status).toBe(400);
    expect(body.message).toBe(message);
  });
});

describe("registered-models tags", () => {
  it("set, overwrite, delete", async () => {
    const name = await aModel(app);
    await post("set-tag", { name, key: "k", value: "1" });
    await post("set-tag", { name, key: "k", value: "2" });
    expect((await model(name)).tags).toEqual([{ key: "k", value: "2" }]);
    expect((await send("DELETE", "delete-tag", { name, key: "k" })).status).toBe(200);
    expect((await send("DELETE", "delete-tag", { name, key: "k" })).status).toBe(200);
    expect((await model(name)).tags).toBeUndefined();
    expect((await post("set-tag", { name: "nobody", key: "k", value: "" })).status).toBe(404);
  });
});

describe("registered-models/get-latest-versions", () => {
  it("answers the highest version of each stage, by GET and POST", async () => {
    const name = await aModel(app);
    for (let count = 0; count < 3; count++) await aVersion(app, name);
    await app.post("/api/2.0/mlflow/model-versions/transition-stage", { name, version: "1", stage: "staging" });
    const numbers = (answer: { body: { model_versions?: { version: string }[] } }) =>
      (answer.body.model_versions ?? []).map(({ version }) => version);
    expect(numbers(await post("get-latest-versions", { name }))).toEqual(["1", "3"]);
    expect(numbers(await get("get-latest-versions", { name, stages: ["Staging", "Production"] }))).toEqual(["1"]);
    const unknown = await post("get-latest-versions", { name: "m-0", stages: ["MLmodel"] });
    expect([unknown.status, unknown.body.message]).toEqual([404, "Registered Model with name=m-0 not found"]);
    expect((await post("get-latest-versions", { name, stages: ["Zork"] })).body.message).toBe(
      "Invalid Model Version stage: Zork. Value must be one of None, Staging, Production, Archived.",
    );
  });
});

describe("GET registered-models/search", () => {
  it("filters, orders, pages, and leaves prompts out unless asked for", async () => {
    const prefix = unique("searched");
    for (const index of [0, 1, 2]) await aModel(app, { name: `${prefix}-${index}` });
    await aModel(app, { name: `${prefix}-prompt`, tags: [{ key: "mlflow.prompt.is_prompt", value: "true" }] });
    const names = (answer: { body: { registered_models?: { name: string }[] } }) =>
      (answer.body.registered_models ?? []).map(({ name }) => name.slice(prefix.length + 1));
    const filter = `name LIKE '${prefix}%'`;
    const first = await get("search", { filter, order_by: ["name DESC"], max_results: "2" });
    expect(names(first)).toEqual(["2", "1"]);
    const second = await get("search", {
      filter,
      order_by: ["name DESC"],
      max_results: "2",
      page_token: first.body.next_page_token,
    });
    expect(names(second)).toEqual(["0"]);
    expect(second.body.next_page_token).toBeUndefined();
    const prompts = await get("search", { filter: `${filter} AND tags.\`mlflow.prompt.is_prompt\` = 'true'` });
    expect(names(prompts)).toEqual(["prompt"]);
  });
});
