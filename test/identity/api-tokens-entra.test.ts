/** What API tokens of Entra's users and apps may: less than their owners, whose groups may change unseen. */
import { expect, it } from "vitest";
import { app, aRole, aUser, authority, editors, grant, listed, start, team, withEntra } from "./entra-callers.ts";

withEntra();

const path = (id = "0") => `/api/2.0/mlflow/experiments/get?experiment_id=${id}`;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function create(jwt: string, asked: object = {}) {
  return app.request("POST", "/api/functions/tokens/create", {
    headers: { ...bearer(jwt), "content-type": "application/json" },
    body: JSON.stringify({ name: crypto.randomUUID(), ...asked }),
  });
}
const tokenOf = async (jwt: string, asked: object = {}) => (await create(jwt, asked)).body.token_value as string;
const read = async (token: string, id = "0", on = app) =>
  (await on.request("GET", path(id), { headers: bearer(token) })).status;
const basic = (token: string) => ({
  headers: { authorization: `Basic ${Buffer.from(`any:${token}`).toString("base64")}` },
});

it("has its owner's app roles, as Bearer and as a password", async () => {
  const token = await tokenOf(await authority.userToken({ roles: ["Reader"] }));
  expect(await read(token)).toBe(200);
  expect((await app.request("GET", path(), basic(token))).status).toBe(200);
  const admin = await tokenOf(await authority.appToken({ roles: ["Admin"] }));
  const made = await app.request("POST", "/api/2.0/mlflow/experiments/create", {
    headers: { ...bearer(admin), "content-type": "application/json" },
    body: JSON.stringify({ name: crypto.randomUUID() }),
  });
  expect(made.status).toBe(200);
});

it("has what is granted to its owner, now", async () => {
  const oid = crypto.randomUUID();
  const owner = `user:${authority.tenant}:${oid}`;
  await grant(owner, "experiment", "0", "READ");
  const token = await tokenOf(await authority.userToken({ oid }));
  expect(await read(token)).toBe(200);
  await grant(owner, "experiment", "*", "DENY");
  await expect.poll(() => read(token), { timeout: 60_000, interval: 1000 }).toBe(403);
}, 90_000);

it("has nothing from groups, which may be left unseen, and keeps what they deny", async () => {
  expect((await create(await authority.userToken({ groups: [editors] }))).status).toBe(403);
  await grant(`group:${authority.tenant}:${team}`, "experiment", "0", "DENY");
  const member = await tokenOf(await authority.userToken({ roles: ["Reader"], groups: [team] }));
  expect(await read(member)).toBe(404);
});

it("is narrowed to a role that the settings give its owner", async () => {
  await aRole("team", "0", "READ");
  const jwt = await authority.userToken({ roles: ["Team", "Editor"] });
  expect(await read(await tokenOf(jwt, { role: "team" }))).toBe(200);
  expect((await create(await authority.userToken({ roles: ["Editor"] }), { role: "team" })).status).toBe(403);
});

it("is of an app that the settings name", async () => {
  const token = await tokenOf(await authority.appToken({ oid: listed, sub: listed }));
  expect(await read(token)).toBe(200);
});

it("ends where its owner's tenant or way to sign in is not the app's any more", async () => {
  const token = await tokenOf(await authority.userToken({ roles: ["Reader"] }));
  const uri = { MLFLOW_BACKEND_STORE_URI: app.databaseUri };
  const other = await start({ ...uri, MLFLOW_FUNCTIONS_ENTRA_TENANTS: crypto.randomUUID() });
  expect(await read(token, "0", other)).toBe(401);
  await other.close();
  delete process.env.MLFLOW_BACKEND_STORE_URI;
  expect((await (await aUser({ roles: ["Reader"] })).get("experiments/get?experiment_id=0")).status).toBe(200);
});
