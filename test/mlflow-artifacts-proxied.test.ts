import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "./support/app.ts";
import { ArtifactsClient, aDestination } from "./support/artifacts.ts";

let app: App;
let client: ArtifactsClient;
beforeAll(async () => {
  app = await startApp({
    ...aDestination(),
    MLFLOW_ARTIFACTS_PRESIGNED_ONLY: "false",
    MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: "false",
    MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: "false",
    MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT: "1000",
  });
  client = new ArtifactsClient(app.url);
});
afterAll(() => app.close());

describe("with direct transfers switched off", () => {
  it("server-info says so", async () => {
    const { body } = await app.get("/api/3.0/mlflow/server-info");
    expect(body).toMatchObject({
      artifacts_presigned_only: false,
      multipart_uploads_enabled: false,
      multipart_downloads_enabled: false,
    });
  });

  it("multipart uploads and presigned downloads answer what sends clients back to the proxy", async () => {
    const upload = {
      error_code: "NOT_IMPLEMENTED",
      message: "Multipart upload is not supported for the current artifact repository",
    };
    const parts = [{ url: "http://localhost/", part_number: 1 }];
    const answers = [
      await client.create("x", "y", 1),
      await client.complete("x", "y", { upload_id: "AAAAAAAAAAAA.1", credentials: parts }),
      await client.abort("x", "y", "AAAAAAAAAAAA.1"),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ status: 501, json: upload });
    expect(await client.call("GET", "/presigned/x/y")).toMatchObject({
      status: 501,
      json: {
        error_code: "NOT_IMPLEMENTED",
        message: "Multipart download is not supported for the current artifact repository",
      },
    });
  });

  it.each(["", "text ü"])("files go through the app: %j", async (content) => {
    expect((await client.put("proxied/a ü.txt", content)).status).toBe(200);
    const { status, headers, text } = await client.call("GET", `/artifacts/proxied/${encodeURIComponent("a ü.txt")}`);
    expect([status, text]).toEqual([200, content]);
    expect(headers.get("content-type")).toBe("text/plain");
    expect(headers.get("content-disposition")).toBe(
      "attachment; filename=\"a u.txt\"; filename*=UTF-8''a%20%C3%BC.txt",
    );
  });

  it("bytes come back as they were", async () => {
    const content = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await client.raw("PUT", "/artifacts/proxied/bytes", { "content-length": "256" }, content);
    const response = await fetch(`${app.url}/api/2.0/mlflow-artifacts/artifacts/proxied/bytes`);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(content);
  });

  it("no more than the limit goes through", async () => {
    expect((await client.put("proxied/limit", "x".repeat(1000))).status).toBe(200);
    const { status, text } = await client.put("proxied/over", "x".repeat(1001));
    expect(status).toBe(413);
    expect(text).toMatch(/at most 1000/);
  });

  it("what is not there is not found", async () => {
    expect((await client.call("GET", "/artifacts/proxied/nothing")).status).toBe(404);
  });
});
