import { afterAll, beforeAll, expect, it } from "vitest";
import { aModel, aVersion, unique } from "../factories.ts";
import { asAdmin, basicSettings, forget, makeUsers, type SignedIn } from "../identity/signed-in.ts";
import { type App, startApp } from "../support/app.ts";

const api = "/api/2.0/mlflow";
const settings = { ...basicSettings, MLFLOW_AUTH_DEFAULT_PERMISSION: "NO_PERMISSIONS" };
let app: App;
let user: SignedIn;
const [model, otherModel, prompt, otherPrompt] = ["a", "b", "c", "d"].map(unique) as [string, string, string, string];

beforeAll(async () => {
  app = await startApp(settings);
  const admin = asAdmin(app);
  const asked = { ...app, post: (path: string, body: unknown) => admin.send("POST", path, body) };
  const isPrompt = [{ key: "mlflow.prompt.is_prompt", value: "true" }];
  for (const name of [model, otherModel]) await aModel(asked, { name });
  for (const name of [prompt, otherPrompt]) await aModel(asked, { name, tags: isPrompt });
  for (const name of [model, otherModel]) await aVersion(asked, name);
  const name = unique("user");
  user = (await makeUsers(app, [name]))[name]!;
  const granted = { registered_model: [model, prompt], prompt: [otherPrompt, otherModel] };
  for (const [type, names] of Object.entries(granted))
    for (const id of names)
      await admin.send("POST", "/api/3.0/mlflow/users/permissions/grant", {
        username: name,
        resource_type: type,
        resource_id: id,
        permission: "READ",
      });
});
afterAll(async () => {
  await app.close();
  forget(settings);
});

const namesIn = (all: { name: string }[] = []) => all.map(({ name }) => name);
const search = async (filter?: string) =>
  namesIn((await user.get(`${api}/registered-models/search`, filter ? { filter } : {})).body.registered_models);

it("a grant on a model shows no prompt of that name, and a grant on a prompt no model", async () => {
  expect(await search()).toEqual([model]);
  expect(await search("tags.`mlflow.prompt.is_prompt` = 'true'")).toEqual([otherPrompt]);
});

it("versions are shown with their model", async () => {
  const { body } = await user.get(`${api}/model-versions/search`);
  expect(namesIn(body.model_versions)).toEqual([model]);
});
