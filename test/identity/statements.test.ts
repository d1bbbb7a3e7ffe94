import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aModel, anExperiment, aRun, aVersion, times, unique } from "../factories.ts";
import { type Answer, type App, aDatabase, startApp } from "../support/app.ts";
import { aDestination } from "../support/artifacts.ts";
import { type Authority, anAuthority } from "../support/authority.ts";
import { aStatementLog, type StatementLog } from "../support/statements.ts";
import { asAdmin, basicSettings, forget, makeUsers, password } from "./signed-in.ts";

const api = "/api/2.0/mlflow";
const destination = aDestination();

/** A request as someone sends it. */
type Send = (method: string, path: string, body?: object) => Promise<Answer>;

/** An app on the one database, with a log of its statements. */
interface Logged {
  app: App;
  log: StatementLog;
}

let database: Awaited<ReturnType<typeof aDatabase>>;
let authority: Authority;
const started: Logged[] = [];
const plain = {} as Logged & { send: Send };
const signedIn = new Map<string, Logged & { send: Send }>();

/** What the requests name. */
const made = { experiment: "", run: "", model: "" };
/** In the run. */
const file = "a file.txt";

async function start(env: Record<string, string>): Promise<Logged> {
  const log = await aStatementLog(database.uri);
  const app = await startApp({ ...destination, ...env, MLFLOW_BACKEND_STORE_URI: log.uri });
  // With the first request the app reads its settings, which the next app has others of.
  await app.get("/health");
  forget({ ...env, MLFLOW_BACKEND_STORE_URI: "" });
  started.push({ app, log });
  return { app, log };
}

const sender =
  (app: App, authorization?: string): Send =>
  (method, path, body) =>
    app.request(method, path, {
      headers: { "content-type": "application/json", ...(authorization && { authorization }) },
      ...(body && { body: JSON.stringify(body) }),
    });

async function grantAll(app: App, table: string, owner: string, whose: unknown): Promise<void> {
  const grants = [
    ["experiment", made.experiment],
    ["registered_model", made.model],
  ];
  for (const [type, id] of grants)
    await app.db.query(
      `INSERT INTO ${table} (${owner}, resource_type, resource_pattern, permission) VALUES ($1, $2, $3, 'EDIT')`,
      [whose, type, id],
    );
}

/** A basic user, and the role that grants to them are on. */
async function aUser(app: App): Promise<{ role: number; send: Send }> {
  const name = unique("user");
  await makeUsers(app, [name]);
  const { rows } = await app.db.query(
    "INSERT INTO roles (name, workspace) SELECT '__user_' || id || '__', 'default' FROM users WHERE username = $1 RETURNING id",
    [name],
  );
  await app.db.query(
    "INSERT INTO user_role_assignments (user_id, role_id) SELECT id, $2 FROM users WHERE username = $1",
    [name, rows[0].id],
  );
  const authorization = `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
  return { role: rows[0].id, send: sender(app, authorization) };
}

async function basicEditor(fallback: string): Promise<void> {
  const { app, log } = await start({ ...basicSettings, MLFLOW_AUTH_DEFAULT_PERMISSION: fallback });
  // The tables of users are made with the first sign-in.
  await asAdmin(app).get(`${api}/users/current`);
  const { role, send } = await aUser(app);
  await grantAll(app, "role_permissions", "role_id", role);
  signedIn.set(`basic, default ${fallback}`, { app, log, send });
}

async function entraEditor(roles: string[]): Promise<void> {
  const { app, log } = await start({ MLFLOW_FUNCTIONS_AUTH: "entra", ...authority.settings });
  const oid = crypto.randomUUID();
  const key = `user:${authority.tenant}:${oid}`;
  await grantAll(app, "mlflow_functions.principal_permissions", "principal", key);
  const authorization = `Bearer ${await authority.userToken({ oid, roles })}`;
  signedIn.set(`entra, ${roles[0] ?? "no app role"}`, { app, log, send: sender(app, authorization) });
}

beforeAll(async () => {
  database = await aDatabase();
  authority = await anAuthority();
  Object.assign(plain, await start({ MLFLOW_FUNCTIONS_AUTH: "none" }));
  plain.send = sender(plain.app);
  const others = await anExperiment(plain.app);
  await aRun(plain.app, { experiment_id: others });
  made.experiment = await anExperiment(plain.app);
  made.run = await aRun(plain.app, { experiment_id: made.experiment });
  made.model = await aModel(plain.app);
  await aVersion(plain.app, await aModel(plain.app));
  await basicEditor("READ");
  await basicEditor("NO_PERMISSIONS");
  await entraEditor(["Reader"]);
  await entraEditor([]);
  const upload = `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${made.run}&path=${encodeURIComponent(file)}`;
  expect((await plain.app.request("POST", upload, { body: "some text" })).status).toBe(200);
});

afterAll(async () => {
  for (const { app, log } of started) {
    await app.close();
    log.close();
  }
  await authority.close();
  await database.drop();
});

/** The requests of a training and of its page. */
const requests: [string, (send: Send) => Promise<Answer>][] = [
  ["runs/get", (send) => send("GET", `${api}/runs/get?run_id=${made.run}`)],
  ["runs/search", (send) => send("POST", `${api}/runs/search`, { experiment_ids: [made.experiment] })],
  ["runs/create", (send) => send("POST", `${api}/runs/create`, { experiment_id: made.experiment })],
  ["runs/update", (send) => send("POST", `${api}/runs/update`, { run_id: made.run, status: "RUNNING" })],
  ["runs/set-tag", (send) => send("POST", `${api}/runs/set-tag`, { run_id: made.run, key: "a", value: "b" })],
  [
    "runs/log-metric",
    (send) => send("POST", `${api}/runs/log-metric`, { run_id: made.run, key: "m", value: 1, timestamp: 1 }),
  ],
  [
    "runs/log-batch",
    (send) => send("POST", `${api}/runs/log-batch`, { run_id: made.run, params: [{ key: "p", value: "1" }] }),
  ],
  ["metrics/get-history", (send) => send("GET", `${api}/metrics/get-history?run_id=${made.run}&metric_key=m`)],
  ["experiments/get", (send) => send("GET", `${api}/experiments/get?experiment_id=${made.experiment}`)],
  ["experiments/search", (send) => send("POST", `${api}/experiments/search`, { max_results: 10 })],
  ["registered-models/get", (send) => send("GET", `${api}/registered-models/get?name=${made.model}`)],
  ["registered-models/search", (send) => send("GET", `${api}/registered-models/search`)],
  ["model-versions/search", (send) => send("GET", `${api}/model-versions/search`)],
  [
    "model-versions/create",
    (send) => send("POST", `${api}/model-versions/create`, { name: made.model, source: "s3://bucket/model" }),
  ],
  ["artifacts/list", (send) => send("GET", `${api}/artifacts/list?run_id=${made.run}`)],
  ["get-artifact", (send) => send("GET", `/get-artifact?run_id=${made.run}&path=${encodeURIComponent(file)}`)],
  [
    "mlflow-artifacts",
    (send) =>
      send(
        "GET",
        `/api/2.0/mlflow-artifacts/artifacts/${made.experiment}/${made.run}/artifacts/${encodeURIComponent(file)}`,
      ),
  ],
];

/** The statements of a request that was sent once before. */
async function steady(asked: Logged & { send: Send }, request: (send: Send) => Promise<Answer>): Promise<string[]> {
  await request(asked.send);
  return first(asked, request);
}

const first = ({ log, send }: Logged & { send: Send }, request: (send: Send) => Promise<Answer>): Promise<string[]> =>
  log.during(async () => {
    const { status, text } = await request(send);
    expect(status, text).toBeLessThan(400);
  });

const editors = ["basic, default READ", "basic, default NO_PERMISSIONS", "entra, Reader", "entra, no app role"];

describe.each(editors)("signed in with %s", (name) => {
  it.each(requests)("%s sends the statements that it sends without sign-in", async (_, request) => {
    const without = await steady(plain, request);
    const sent = await steady(signedIn.get(name)!, request);
    expect(sent).toHaveLength(without.length);
    // Who can read everything has them to the letter.
    if (/READ$|Reader$/.test(name)) expect(sent).toEqual(without);
  });

  it("what was not seen before costs one more statement", async () => {
    await steady(signedIn.get(name)!, requests[0]![1]);
    const [run, other] = await times(2, () => aRun(plain.app, { experiment_id: made.experiment }));
    const ofRun = (id: string) => (send: Send) => send("GET", `${api}/runs/get?run_id=${id}`);
    expect(await first(signedIn.get(name)!, ofRun(run!))).toHaveLength(1 + (await first(plain, ofRun(run!))).length);
    const artifacts = (id: string) => (send: Send) =>
      send("GET", `/api/2.0/mlflow-artifacts/artifacts?path=${made.experiment}/${id}/artifacts`);
    expect(await first(signedIn.get(name)!, artifacts(other!))).toHaveLength(
      1 + (await first(plain, artifacts(other!))).length,
    );
  });
});

describe("99 of 1,500 registered models can be read", () => {
  it("a search is one statement, and pages are full as long as there is enough", async () => {
    const { app, log } = signedIn.get("basic, default NO_PERMISSIONS")!;
    const { role, send } = await aUser(app);
    const prefix = unique("many");
    await app.db.query(
      "INSERT INTO registered_models (workspace, name) SELECT 'default', $1 || n FROM generate_series(1, 1500) n",
      [prefix],
    );
    await app.db.query(
      `INSERT INTO role_permissions (role_id, resource_type, resource_pattern, permission)
        SELECT $1, 'registered_model', $2 || n * 15, 'READ' FROM generate_series(1, 99) n`,
      [role, prefix],
    );
    await send("GET", `${api}/users/current`);
    const pages: string[][] = [];
    for (let token = ""; pages.length === 0 || token !== ""; ) {
      const sent = await log.during(async () => {
        const { body } = await send("GET", `${api}/registered-models/search?max_results=40&page_token=${token}`);
        pages.push(body.registered_models.map(({ name }: { name: string }) => name));
        token = body.next_page_token ?? "";
      });
      expect(sent).toHaveLength(1);
    }
    expect(pages.map((page) => page.length)).toEqual([40, 40, 19]);
    expect(new Set(pages.flat()).size).toBe(99);
  });
});
