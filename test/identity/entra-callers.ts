import type { JWTPayload } from "jose";
import { afterAll, beforeAll } from "vitest";
import { type Answer, type App, startApp } from "../support/app.ts";
import { type Authority, anAuthority } from "../support/authority.ts";

export let app: App;
export let authority: Authority;
export const [editors, team, listed] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
const roles = [`group:${editors}=Editor`, `group:${team}=team`, `app:${listed}=Reader`, "Team=team"].join(", ");
/** What is set stays in the environment of the apps after it. */
const unset = { MLFLOW_FUNCTIONS_ENTRA_DEFAULT_ROLE: "", MLFLOW_FUNCTIONS_ENTRA_ROLES: roles };
export const start = (env: Record<string, string> = {}) =>
  startApp({ MLFLOW_FUNCTIONS_AUTH: "entra", ...authority.settings, ...unset, ...env });

/** Each test file has an app that takes the tokens of an authority, and callers of it. */
export function withEntra(): void {
  beforeAll(async () => {
    authority = await anAuthority();
    app = await start();
  });
  afterAll(async () => {
    await app.close();
    await authority.close();
  });
}

interface Caller {
  oid: string;
  get(path: string): Promise<Answer>;
  post(path: string, body: object): Promise<Answer>;
}

const asking = (token: string, oid: string, on: App): Caller => {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const api = (path: string) => `/api/2.0/mlflow/${path}`;
  return {
    oid,
    get: (path) => on.request("GET", api(path), { headers }),
    post: (path, body) => on.request("POST", api(path), { headers, body: JSON.stringify(body) }),
  };
};

export async function aUser(claims: JWTPayload = {}, on = app): Promise<Caller> {
  const oid = crypto.randomUUID();
  return asking(await authority.userToken({ oid, ...claims }), oid, on);
}

export async function anApp(claims: JWTPayload = {}, on = app): Promise<Caller> {
  const oid = crypto.randomUUID();
  return asking(await authority.appToken({ oid, sub: oid, ...claims }), oid, on);
}

export const keyOf = ({ oid }: Caller, kind = "user") => `${kind}:${authority.tenant}:${oid}`;
export const grant = (principal: string, type: string, pattern: string, permission: string, on = app) =>
  on.db.query(
    "INSERT INTO mlflow_functions.principal_permissions (principal, resource_type, resource_pattern, permission) VALUES ($1, $2, $3, $4)",
    [principal, type, pattern, permission],
  );
export const status = async (answer: Promise<Answer>) => (await answer).status;
export const read = (caller: Caller, id = "0") => status(caller.get(`experiments/get?experiment_id=${id}`));
export const rename = (caller: Caller, id: string) =>
  status(caller.post("experiments/update", { experiment_id: id, new_name: crypto.randomUUID() }));

export async function anExperiment(): Promise<string> {
  const admin = await aUser({ roles: ["Admin"] });
  return (await admin.post("experiments/create", { name: crypto.randomUUID() })).body.experiment_id;
}

export async function aRole(name: string, id: string, permission: string): Promise<number> {
  const { rows } = await app.db.query(
    "INSERT INTO roles (name, workspace) VALUES ($1, 'default') ON CONFLICT (workspace, name) DO UPDATE SET name = $1 RETURNING id",
    [name],
  );
  await app.db.query(
    "INSERT INTO role_permissions (role_id, resource_type, resource_pattern, permission) VALUES ($1, 'experiment', $2, $3)",
    [rows[0].id, id, permission],
  );
  return rows[0].id;
}
