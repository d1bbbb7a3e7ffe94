/** What README's walkthrough does, signed in by each way: a password, the package in clients/python, an API token. */
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { asAdmin, basicSettings, forget, makeUsers, password } from "../identity/signed-in.ts";
import { type App, startApp } from "../support/app.ts";
import { type Authority, anAuthority } from "../support/authority.ts";
import { aManagedIdentity, type ManagedIdentity } from "../support/managed-identity.ts";
import { installedEntraPackage } from "./entra-package.ts";
import { python } from "./python.ts";
import { servedPredictions } from "./serve.ts";

let app: App;
let authority: Authority;
let identity: ManagedIdentity;
let settings: Record<string, string>;
let installed: string;
const oid = crypto.randomUUID();

beforeAll(async () => {
  authority = await anAuthority();
  identity = await aManagedIdentity(async () => authority.appToken({ oid, sub: oid, roles: ["Admin"] }));
  settings = { ...basicSettings, ...authority.settings, MLFLOW_FUNCTIONS_AUTH: "basic,entra" };
  app = await startApp(settings);
  expect((await asAdmin(app).get("/version")).status).toBe(200);
  await makeUsers(app, ["alice"]);
  await app.db.query("UPDATE users SET is_admin = true WHERE username = 'alice'");
  installed = await installedEntraPackage();
}, 300_000);
afterAll(async () => {
  await app?.close();
  await identity?.close();
  await authority?.close();
  forget(settings);
  if (installed) await rm(installed, { recursive: true });
});

async function aToken(asked: object = {}): Promise<string> {
  const { body } = await asAdmin(app).send("POST", "/api/functions/tokens/create", {
    name: crypto.randomUUID(),
    ...asked,
  });
  return body.token_value;
}

type Credentials = Record<string, string>;

const byPackage = (): Credentials => ({
  ...identity.settings,
  MLFLOW_TRACKING_AUTH: "entra",
  MLFLOW_ENTRA_ID_SCOPE: `api://${authority.audience}/.default`,
  PYTHONPATH: installed,
});

const asPassword = (name: string, secret: string): Credentials => ({
  MLFLOW_TRACKING_USERNAME: name,
  MLFLOW_TRACKING_PASSWORD: secret,
});

const files = `import mlflow, pathlib, tempfile
mlflow.set_experiment("files")
with mlflow.start_run() as run, tempfile.TemporaryDirectory() as folder:
    for number in range(100):
        file = pathlib.Path(folder, f"{number}.txt")
        file.write_text(str(number))
        mlflow.log_artifact(str(file))
print(len(mlflow.artifacts.list_artifacts(run_id=run.info.run_id)))`;

describe.each<[way: string, logs: () => Promise<Credentials>, reads?: () => Promise<Credentials>]>([
  ["a password", async () => asPassword("alice", password)],
  ["the package and a managed identity", async () => byPackage()],
  [
    "an API token in MLFLOW_TRACKING_TOKEN",
    async () => ({ MLFLOW_TRACKING_TOKEN: await aToken() }),
    async () => ({ MLFLOW_TRACKING_TOKEN: await aToken({ read_only: true }) }),
  ],
  ["an API token as the password", async () => asPassword("token", await aToken())],
])("with %s", (_, logs, reads = logs) => {
  const run = async (...args: string[]) =>
    python(mlflowVersion, args, { MLFLOW_TRACKING_URI: app.url, ...(await logs()) });

  it("a client does the quickstart, and the model is served", async () => {
    expect(await run("examples/quickstart.py")).toMatch(/models:\/iris-quickstart@champion: accuracy 0\.9/);
    const served = { MLFLOW_TRACKING_URI: app.url, ...(await reads()) };
    expect(await servedPredictions("models:/iris-quickstart/Production", served)).toEqual([0, 2]);
  });

  it("a client logs a hundred files", async () => {
    expect((await run("-c", files)).trim().split("\n").at(-1)).toBe("100");
  });
});
