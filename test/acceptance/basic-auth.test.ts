/** Users, passwords and what is granted are the same for this app and for a stock server with its basic-auth app. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type App, startApp } from "../support/app.ts";
import { type StockServer, startStock } from "./stock-server.ts";

const admin = { name: "admin", password: "a password of the admin" };
const ann = { name: "ann", password: "a password of Ann: äöü" };

let app: App;
let stock: StockServer;
beforeAll(async () => {
  app = await startApp({ MLFLOW_FUNCTIONS_AUTH: "basic", MLFLOW_AUTH_ADMIN_PASSWORD: admin.password });
  // The first admin is made with the first sign-in.
  await call(app.url, admin, "GET", "/version");
  stock = await startStock({ database: app.databaseUri, auth: true });
});
afterAll(async () => {
  await stock?.stop();
  await app.close();
});

interface Credentials {
  name: string;
  password: string;
}

async function call(url: string, { name, password }: Credentials, method: string, path: string, body?: object) {
  const authorization = `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
  const answer = await fetch(url + path, {
    method,
    headers: { authorization, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text.startsWith("{") ? JSON.parse(text) : text };
}

const api = "/api/2.0/mlflow";

it("the admin that this app made signs in to stock, and makes a user there who signs in here", async () => {
  const { status, body } = await call(stock.url, admin, "POST", `${api}/users/create`, {
    username: ann.name,
    password: ann.password,
  });
  expect([status, body.user.username]).toEqual([200, "ann"]);
  for (const url of [app.url, stock.url]) {
    expect((await call(url, ann, "GET", "/version")).status).toBe(200);
    expect((await call(url, { ...ann, password: "wrong" }, "GET", "/version")).status).toBe(401);
  }
});

it("what a user creates on one server they manage on the other", async () => {
  const [there, here] = [stock.url, app.url];
  for (const [creator, other] of [
    [here, there],
    [there, here],
  ] as const) {
    const created = await call(creator, ann, "POST", `${api}/experiments/create`, { name: `of ${creator}` });
    const { experiment_id } = created.body;
    for (const url of [other, creator]) {
      const tagged = await call(url, ann, "POST", `${api}/experiments/set-experiment-tag`, {
        experiment_id,
        key: "k",
        value: "v",
      });
      expect([url, tagged.status]).toEqual([url, 200]);
    }
    expect((await call(other, ann, "POST", `${api}/experiments/delete`, { experiment_id })).status).toBe(200);
  }
});

it("what is granted on stock holds here at once", async () => {
  const created = await call(app.url, admin, "POST", `${api}/experiments/create`, { name: "the admin's" });
  const { experiment_id } = created.body;
  const tag = { experiment_id, key: "k", value: "v" };
  expect((await call(app.url, ann, "POST", `${api}/experiments/set-experiment-tag`, tag)).status).toBe(403);
  const grant = { username: "ann", resource_type: "experiment", resource_id: experiment_id, permission: "EDIT" };
  const granted = await call(stock.url, admin, "POST", "/api/3.0/mlflow/users/permissions/grant", grant);
  expect(granted.status).toBe(200);
  for (const url of [app.url, stock.url])
    expect((await call(url, ann, "POST", `${api}/experiments/set-experiment-tag`, tag)).status).toBe(200);
});

it("a model with the longest name is its creator's on both", async () => {
  const name = "m".repeat(256);
  expect((await call(app.url, ann, "POST", `${api}/registered-models/create`, { name })).status).toBe(200);
  for (const url of [app.url, stock.url]) {
    const tagged = await call(url, ann, "POST", `${api}/registered-models/set-tag`, { name, key: "k", value: "v" });
    expect([url, tagged.status]).toEqual([url, 200]);
  }
});

it("a password changed on stock counts here", async () => {
  const password = "another password of Ann";
  const changed = { username: "ann", password, current_password: ann.password };
  expect((await call(stock.url, ann, "PATCH", `${api}/users/update-password`, changed)).status).toBe(200);
  expect((await call(app.url, { ...ann, password }, "GET", "/version")).status).toBe(200);
});
