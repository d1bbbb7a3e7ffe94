/** Stock clients that sign in, by each way, and those who are refused. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { parseConnectionString } from "../../shared/platform/azure/connection-string.ts";
import { asAdmin, basicSettings, forget, makeUsers, password, type SignedIn } from "../identity/signed-in.ts";
import { type App, startApp } from "../support/app.ts";
import { type Authority, anAuthority } from "../support/authority.ts";
import { python } from "./python.ts";
import type { MlflowVersion } from "./venv.ts";

type Credentials = Record<string, string>;

let app: App;
let authority: Authority;
let settings: Record<string, string>;
let users: Record<string, SignedIn>;
beforeAll(async () => {
  authority = await anAuthority();
  settings = { ...basicSettings, ...authority.settings, MLFLOW_FUNCTIONS_AUTH: "basic,entra" };
  app = await startApp(settings);
  users = await makeUsers(app, ["eddy", "old", "older", "owner", "denied", "plain"]);
  await makeEditor("eddy");
});
afterAll(async () => {
  await app.close();
  await authority.close();
  forget(settings);
});

async function makeEditor(username: string): Promise<void> {
  const call = async (path: string, body: object) => {
    const answer = await asAdmin(app).send("POST", `/api/3.0/mlflow/roles/${path}`, body);
    expect(answer.status, answer.text).toBe(200);
    return answer.body;
  };
  const { role } = await call("create", { workspace: "default", name: "editors" });
  for (const resource_type of ["experiment", "registered_model"])
    await call("permissions/add", { role_id: role.id, resource_type, resource_pattern: "*", permission: "EDIT" });
  await call("assign", { role_id: role.id, username });
}

const withPassword = (name: string, secret = password): Credentials => ({
  MLFLOW_TRACKING_USERNAME: name,
  MLFLOW_TRACKING_PASSWORD: secret,
});
const withToken = (token: string): Credentials => ({ MLFLOW_TRACKING_TOKEN: token });

const run = (credentials: Credentials, args: string[], version: MlflowVersion = mlflowVersion) =>
  python(version, args, { MLFLOW_TRACKING_URI: app.url, MLFLOW_HTTP_REQUEST_MAX_RETRIES: "1", ...credentials });

interface Made {
  version: string;
  experiment: string;
  run: string;
}
/** Clients print links of runs before. */
const lastLine = (output: string) => JSON.parse(output.trim().split("\n").at(-1)!);
const work = async (credentials: Credentials, name: string, version?: MlflowVersion): Promise<Made> =>
  lastLine(await run(credentials, ["test/acceptance/sign-in.py", "work", name], version));

async function attempt(
  credentials: Credentials,
  name: string,
  made: Made,
  only?: string,
): Promise<Record<string, string>> {
  const args = ["test/acceptance/sign-in.py", "try", made.experiment, name, made.run, ...(only ? [only] : [])];
  return lastLine(await run(credentials, args));
}

describe("an editor walks through the registry", () => {
  it.each([
    ["with a password", async () => withPassword("eddy")],
    ["with a token of Entra", async () => withToken(await authority.userToken({ roles: ["Editor"] }))],
    [
      "with a token as the password",
      async () => withPassword("token", await authority.appToken({ roles: ["Editor"] })),
    ],
  ] as const)("%s", async (_, credentials) => {
    const { account } = parseConnectionString(inject("storage"));
    const root = `wasbs://elsewhere@${account}.blob.core.windows.net`;
    expect(await run(await credentials(), ["test/acceptance/walkthrough.py", root])).toContain("walkthrough done");
  });
});

describe("older clients log, search and carry files, with a password", () => {
  it.each([
    ["3.17.2", "old", { MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: "20000000" }],
    [
      "2.22.5",
      "older",
      { MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: "true", MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: "20000000" },
    ],
  ] as const)("%s", async (version, name, more) => {
    const made = await work({ ...withPassword(name), ...more }, `of ${name}`, version);
    expect(made.version).toBe(version);
    expect(new Set((await grantsOf(made.run)).map(({ who }) => who))).toEqual(new Set([name]));
  });
});

interface Grant {
  who: string;
  permission: string;
  blob: string;
}
/** What `npm run grants` has of a run. */
async function grantsOf(id: string): Promise<Grant[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ["dist/grants.cjs", "--run", id, "--json"]);
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

describe("files of a run", () => {
  let made: Made;
  beforeAll(async () => {
    made = await work(withPassword("owner"), "the owner's");
    const granted = await users.owner!.send("POST", "/api/3.0/mlflow/users/permissions/grant", {
      username: "denied",
      resource_type: "experiment",
      resource_id: made.experiment,
      permission: "DENY",
    });
    expect(granted.status).toBe(200);
  });

  it("go up and down by SAS, each granted to who signed in", async () => {
    const grants = await grantsOf(made.run);
    expect(new Set(grants.map(({ who }) => who))).toEqual(new Set(["owner"]));
    for (const file of ["large.bin", "a folder/small.txt"])
      expect(grants.filter(({ blob }) => blob.endsWith(file)).length, file).toBeGreaterThan(1);
    const { oid, token } = await aReader();
    expect(await attempt(withToken(token), "the owner's", made)).toEqual({
      "get experiment": "done",
      "get experiment by name": "done",
      "create experiment": "RestException PERMISSION_DENIED",
      "search runs": "done",
      "get run": "done",
      "log metric": "RestException PERMISSION_DENIED",
      "delete run": "RestException PERMISSION_DENIED",
      "list artifacts": "done",
      download: "done",
      upload: "HTTPError 403",
    });
    const further = (await grantsOf(made.run)).slice(grants.length);
    expect(further).toMatchObject([{ who: `user:${authority.tenant}:${oid}`, permission: "read" }]);
  });

  async function aReader() {
    const oid = crypto.randomUUID();
    return { oid, token: await authority.userToken({ oid, roles: ["Reader"] }) };
  }

  it("get no SAS for who is denied", async () => {
    const grants = await grantsOf(made.run);
    const path = `${made.experiment}/${made.run}/artifacts`;
    const files = "/api/2.0/mlflow-artifacts";
    const denied = users.denied!;
    const upload = { path: "x", num_parts: 1 };
    const asked = [
      await denied.get(`${files}/presigned/${path}/large.bin`),
      await denied.get(`${files}/artifacts/${path}/large.bin`),
      await denied.send("POST", `${files}/mpu/create/${path}`, upload),
      await denied.get("/api/2.0/mlflow/artifacts/presigned-download-url", { run_id: made.run, path: "large.bin" }),
      await denied.send("POST", "/api/2.0/mlflow/artifacts/presigned-upload-url", { run_id: made.run, path: "x" }),
      await denied.get("/get-artifact", { run_id: made.run, path: "large.bin" }),
    ];
    for (const { status, text, headers } of asked) {
      expect([403, 404]).toContain(status);
      expect(text + (headers.get("location") ?? "")).not.toContain("sig=");
    }
    const answers = await attempt(withPassword("denied"), "the owner's", made);
    expect(answers).toMatchObject({
      "get experiment by name": "none",
      "search runs": "none",
      "create experiment": "done",
    });
    for (const call of [
      "get experiment",
      "get run",
      "log metric",
      "delete run",
      "list artifacts",
      "download",
      "upload",
    ])
      expect(answers[call], call).toMatch(/^RestException (PERMISSION_DENIED|RESOURCE_DOES_NOT_EXIST)$/);
    expect(await grantsOf(made.run)).toEqual(grants);
  });

  it("can be read by default, and not changed", async () => {
    const answers = await attempt(withPassword("plain"), "the owner's", made);
    expect(answers).toMatchObject({ "get run": "done", download: "done", "create experiment": "done" });
    for (const call of ["log metric", "delete run"])
      expect(answers[call], call).toBe("RestException PERMISSION_DENIED");
    expect(answers.upload).toBe("HTTPError 403");
  });

  // One call: failures make their sender wait.
  it.each([
    ["a wrong password", async () => withPassword("plain", "not the password"), "UNAUTHENTICATED"],
    ["no credentials", async () => ({}), "UNAUTHENTICATED"],
    ["a token without a role", async () => withToken(await authority.userToken()), "PERMISSION_DENIED"],
  ] as const)("are nothing to %s", async (_, credentials, code) => {
    expect(await attempt(await credentials(), "the owner's", made, "get run")).toEqual({
      "get run": `RestException ${code}`,
    });
  });
});
