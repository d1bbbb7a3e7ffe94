/** What a browser adds by itself changes nothing for another site's page. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../support/app.ts";

const listed = "https://ui.example.com";
const password = "a password of the admin";
const authorization = `Basic ${Buffer.from(`admin:${password}`).toString("base64")}`;

let app: App;
let artifact: string;
beforeAll(async () => {
  app = await startApp({
    MLFLOW_FUNCTIONS_AUTH: "basic",
    MLFLOW_AUTH_ADMIN_PASSWORD: password,
    MLFLOW_ARTIFACTS_PRESIGNED_ONLY: "false",
    MLFLOW_SERVER_CORS_ALLOWED_ORIGINS: `${listed},*`,
  });
  const headers = { authorization, "content-type": "application/json" };
  const run = await app.request("POST", "/api/2.0/mlflow/runs/create", { headers, body: '{"experiment_id":"0"}' });
  artifact = `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${run.body.run.info.run_id}&path=a.txt`;
});
afterAll(() => app.close());

const post = async (headers: Record<string, string>) =>
  (await app.request("POST", artifact, { headers: { authorization, ...headers }, body: "text" })).status;

describe("a request that changes something", () => {
  it.each([
    ["of another site", { origin: "https://evil.example.com" }],
    ["of another site, as a form", { origin: "https://evil.example.com", "content-type": "text/plain" }],
    ["of another port of this machine", { origin: "http://localhost:3000", "content-type": "text/plain" }],
    ["of a page without an origin", { origin: "null", "content-type": "text/plain" }],
    ["of another site, as the browser says", { "sec-fetch-site": "cross-site", "content-type": "text/plain" }],
    ["of a neighbour site", { "sec-fetch-site": "same-site", "content-type": "application/octet-stream" }],
    ["that a form could send, of an unknown page", { "content-type": "multipart/form-data; boundary=x" }],
    ["of plain text, of an unknown page", { "content-type": "text/plain;charset=UTF-8" }],
  ])("is refused, %s", async (_, headers) => {
    expect(await post(headers)).toBe(403);
    const listing = await app.request(
      "GET",
      artifact.replace(/.*run_uuid=(\w+).*/, "/api/2.0/mlflow/artifacts/list?run_id=$1"),
      {
        headers: { authorization },
      },
    );
    expect(listing.body.files ?? []).toEqual([]);
  });

  it("is let in of the server's own page, of a listed one, and of clients", async () => {
    expect(await post({ origin: app.url, "sec-fetch-site": "same-origin", "content-type": "text/plain" })).toBe(200);
    expect(await post({ origin: app.url })).toBe(200);
    expect(await post({ origin: listed, "sec-fetch-site": "cross-site" })).toBe(200);
    expect(await post({ "content-type": "application/octet-stream" })).toBe(200);
  });

  it.each([
    ["a binary file", {}],
    ["a text file, as MLflow's clients send it", { "content-type": "text/plain" }],
  ])("is let in as a client's PUT of %s", async (_, headers) => {
    const path = "/api/2.0/mlflow-artifacts/artifacts/0/put.txt";
    const body = new Uint8Array([1, 2, 3]);
    const put = await app.request("PUT", path, { headers: { authorization, ...headers }, body });
    expect(put.status).toBe(200);
  });
});

it("a request that reads is let in from anywhere", async () => {
  const headers = { authorization, origin: "https://evil.example.com", "sec-fetch-site": "cross-site" };
  expect((await app.request("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0", { headers })).status).toBe(200);
});
