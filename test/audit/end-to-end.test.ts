/** From requests of several people to what `npm run audit` prints of them. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { as, asAdmin, basicSettings, forget, makeUsers, password } from "../identity/signed-in.ts";
import { type App, startApp } from "../support/app.ts";
import { TestTables } from "../support/tables.ts";
import { auditRows, until } from "./recording.ts";

const tables = new TestTables();
const settings = { ...basicSettings, MLFLOW_AUTH_DEFAULT_PERMISSION: "MANAGE" };
let app: App;
let steps: Awaited<ReturnType<typeof takeSteps>>;
beforeAll(async () => {
  app = await startApp({ ...settings, ...tables.settings });
  steps = await takeSteps();
  // What is counted by the minute is told with the next minute's first request.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
  await app.get("/health");
  vi.useRealTimers();
  await until(
    () => auditRows(tables),
    (rows) => rows.length >= expected().length,
  );
}, 150_000);
afterAll(async () => {
  await app.close();
  forget(settings);
});

/** What is done, one after the other. @returns ids and secrets */
async function takeSteps() {
  const admin = asAdmin(app);
  await admin.get("/version");
  const { ann } = await makeUsers(app, ["ann"]);
  const done = async <Body>(sent: Promise<{ status: number; body: Body }>): Promise<Body> => {
    const { status, body } = await sent;
    expect([status, body]).toEqual([expect.toBeOneOf([200, 303]), body]);
    return body;
  };
  const send = (who: typeof admin, route: string, body: object) => {
    const [method, path] = route.split(" ");
    return done(who.send(method!, `/api/${path}`, body));
  };

  await done(ann!.get("/api/2.0/mlflow/users/current"));
  expect((await as(app, "ann", "a wrong guess").get("/api/2.0/mlflow/users/current")).status).toBe(401);
  const refused = await ann!.send("PATCH", "/api/2.0/mlflow/users/update-admin", { username: "ann", is_admin: true });
  expect(refused.status).toBe(403);

  const { role } = await send(admin, "POST 3.0/mlflow/roles/create", { name: "readers", workspace: "default" });
  await send(admin, "POST 3.0/mlflow/roles/assign", { username: "ann", role_id: role.id });

  const { run } = await send(ann!, "POST 2.0/mlflow/runs/create", { experiment_id: "0" });
  const run_id = run.info.run_id as string;
  await send(ann!, "POST 2.0/mlflow/registered-models/create", { name: "iris" });
  const source = `${run.info.artifact_uri}/model`;
  await send(ann!, "POST 2.0/mlflow/model-versions/create", { name: "iris", source, run_id });
  const alias = { name: "iris", alias: "champion", version: "1" };
  await send(ann!, "POST 2.0/mlflow/registered-models/alias", alias);
  await send(ann!, "POST 2.0/mlflow/runs/delete", { run_id });

  const made = await send(ann!, "POST functions/tokens/create", { name: "nightly", read_only: true });
  await send(ann!, "DELETE functions/tokens/revoke", { id: made.token.id });
  const page = await done(form("", { name: "by the page", days: "7" }));
  const [{ id }] = (await done(ann!.get("/api/functions/tokens/list"))).tokens;
  expect((await form("", { name: "too long", days: "0" })).status).toBe(400);
  await done(form("/revoke", { id: String(id) }));
  const asOperator = async (...args: string[]) =>
    (await promisify(execFile)(process.execPath, ["dist/tokens.cjs", ...args], { env: environment() })).stdout.trim();
  const byOperator = await asOperator("create", "--for", "ann", "--name", "by an operator");
  const [, third = ""] = /^(\d+) +by an operator/m.exec(await asOperator("list")) ?? [];
  await asOperator("revoke", third);

  const secrets = [
    byOperator,
    password,
    basicSettings.MLFLOW_AUTH_ADMIN_PASSWORD,
    "a wrong guess",
    made.token_value,
    /mlfn_[0-9A-Za-z]{36}/.exec(page)![0],
  ];
  return { run: run_id, role: String(role.id), tokens: [String(made.token.id), String(id), third], secrets };
}

const form = (path: string, fields: Record<string, string>) =>
  app.request("POST", `/account/tokens${path}`, {
    headers: {
      authorization: `Basic ${Buffer.from(`ann:${password}`).toString("base64")}`,
      "content-type": "application/x-www-form-urlencoded",
      "sec-fetch-site": "same-origin",
    },
    body: new URLSearchParams(fields).toString(),
    redirect: "manual",
  });

const environment = () => ({
  ...process.env,
  ...settings,
  ...tables.settings,
  MLFLOW_BACKEND_STORE_URI: app.databaseUri,
  AzureWebJobsStorage: inject("storage"),
});

async function audit(...args: string[]) {
  const { stdout } = await promisify(execFile)(process.execPath, ["dist/audit.cjs", ...args], { env: environment() });
  return stdout.trimEnd();
}

const printed = async (...args: string[]) =>
  (await audit("--json", ...args)).split("\n").map((line) => {
    const { who, what, of, count, detail } = JSON.parse(line);
    return [who, what, of, detail, count];
  });

const expected = () => {
  const [first, second, third] = steps.tokens;
  const operator = "npm run tokens";
  const expires = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);
  return [
    ["admin", "user.signed-in-first", "admin", { by: "password" }, 1],
    ["ann", "user.signed-in-first", "ann", { by: "password" }, 1],
    ["ann", "sign-in.refused", "-", {}, 1],
    ["ann", "request.denied", "ann", { route: "PATCH 2.0/mlflow/users/update-admin" }, 1],
    ["admin", "role.created", steps.role, { name: "readers" }, 1],
    ["admin", "role.granted", steps.role, { user: "ann" }, 1],
    ["ann", "alias.set", "iris@champion", { version: "1" }, 1],
    ["ann", "run.deleted", steps.run, {}, 1],
    ["ann", "token.created", first, { name: "nightly", read_only: true, expires }, 1],
    ["ann", "token.revoked", first, {}, 1],
    ["ann", "token.created", second, { name: "by the page", read_only: false, expires }, 1],
    ["ann", "token.revoked", second, {}, 1],
    [operator, "token.created", third, { name: "by an operator", read_only: false, expires, owner: "ann" }, 1],
    [operator, "token.revoked", third, {}, 1],
  ];
};

describe("what people did", () => {
  it("is printed in the order in which they did it", async () => {
    expect(await printed("--since", "1d")).toEqual(expected());
  });

  it("is narrowed to who did it, and to what they did", async () => {
    const by = (who: string) => expected().filter(([name]) => name === who);
    expect(await printed("--who", "admin")).toEqual(by("admin"));
    expect(await printed("--what", "token")).toEqual(expected().slice(-6));
    expect(await printed("--what", "role.granted")).toEqual([expected()[5]]);
    expect(await printed("--who", "ann", "--what", "user")).toEqual([expected()[1]]);
  });

  it("is a table that holds no secret", async () => {
    const table = await audit();
    const lines = table.split("\n");
    expect(lines).toHaveLength(expected().length + 1);
    expect(lines[7]).toMatch(/ ann +\S+ +alias\.set +1 +iris@champion +[0-9a-f-]{36} +version=1$/);
    const all = table + (await audit("--json"));
    for (const secret of steps.secrets) expect(all).not.toContain(secret);
  });
});
