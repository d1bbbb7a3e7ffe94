/** What names a run or a logged model keeps quiet about it where their type is denied, as in stock. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { asAdmin, basicSettings, forget, makeUsers, type SignedIn } from "../identity/signed-in.ts";
import { type App, startApp } from "../support/app.ts";

let app: App;
let admin: SignedIn;
let reader: SignedIn;
const made: Record<string, string> = {};
const v2 = "/api/2.0/mlflow";

beforeAll(async () => {
  app = await startApp(basicSettings);
  admin = asAdmin(app);
  await admin.get("/version");
  ({ reader } = (await makeUsers(app, ["reader"])) as { reader: SignedIn });
  const create = async (path: string, body: object) => (await admin.send("POST", `${v2}/${path}`, body)).body;
  made.run = (await create("runs/create", { experiment_id: "0" })).run.info.run_id;
  made.model = (await create("logged-models", { experiment_id: "0", source_run_id: made.run })).model.info.model_id;
  await create("runs/outputs", { run_id: made.run, models: [{ model_id: made.model, step: 1 }] });
  await create("runs/log-metric", { run_id: made.run, model_id: made.model, key: "m", value: 1, timestamp: 1 });
  await create("registered-models/create", { name: "model" });
  await create("model-versions/create", { name: "model", source: `runs:/${made.run}/model`, run_id: made.run });
});

afterAll(async () => {
  await app.close();
  forget(basicSettings);
});

const deny = (resource_type: string, change: "grant" | "revoke" = "grant") =>
  admin.send("POST", `/api/3.0/mlflow/users/permissions/${change}`, {
    username: "reader",
    resource_type,
    resource_id: "*",
    permission: "DENY",
  });

const version = () => reader.get(`${v2}/model-versions/get`, { name: "model", version: "1" });
const registered = () => reader.get(`${v2}/registered-models/get`, { name: "model" });
const logged = () => reader.get(`${v2}/logged-models/${made.model}`);
const run = () => reader.get(`${v2}/runs/get`, { run_id: made.run! });

it("runs", async () => {
  expect((await version()).body.model_version.run_id).toBe(made.run);
  expect((await logged()).body.model.info.source_run_id).toBe(made.run);
  expect((await logged()).body.model.data.metrics[0].run_id).toBe(made.run);
  await deny("run");
  expect((await run()).status).toBe(403);
  expect((await version()).body.model_version).not.toHaveProperty("run_id");
  expect((await logged()).body.model.info).not.toHaveProperty("source_run_id");
  expect((await logged()).body.model.data.metrics[0]).toMatchObject({ key: "m" });
  expect((await logged()).text).not.toContain(made.run!);
  expect((await registered()).text).toContain('"latest_versions"');
  const search = await reader.send("POST", `${v2}/runs/search`, { experiment_ids: ["0"] });
  expect(search.body).toEqual({});
  const byRun = await reader.get(`${v2}/model-versions/search`, { filter: `run_id = '${made.run}'` });
  expect(byRun.status).toBe(403);
  await deny("run", "revoke");
});

it("logged models", async () => {
  expect((await run()).body.run.outputs.model_outputs).toHaveLength(1);
  await deny("logged_model");
  expect((await run()).body.run.outputs).not.toHaveProperty("model_outputs");
  expect((await logged()).status).toBe(403);
  await deny("logged_model", "revoke");
});

it("versions", async () => {
  expect((await registered()).body.registered_model.latest_versions).toHaveLength(1);
  await deny("registered_model_version");
  expect((await registered()).body.registered_model).not.toHaveProperty("latest_versions");
  expect((await version()).status).toBe(403);
  expect((await reader.get(`${v2}/model-versions/search`)).body).toEqual({});
  await deny("registered_model_version", "revoke");
});
