import { resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type LoadedApp, loadApp } from "../../local/host/functions-core.ts";
import { invoke } from "../../local/host/invocation.ts";

let app: LoadedApp;
const lines: string[] = [];
beforeAll(async () => {
  process.env.MLFLOW_FUNCTIONS_HOST = "127.0.0.1";
  app = await loadApp(resolve("dist/main.cjs"), (_, message) => lines.push(message));
});

/** Calls a function as the worker does, with what a host in front may let through. */
async function call(headers: Record<string, string>) {
  const path = "/api/3.0/mlflow/server-info?secret=1";
  const found = app.functions.find(({ metadata }) => metadata.name === "z-server")!;
  const [binding] = Object.entries(found.metadata.bindings).find(([, { type }]) => type === "httpTrigger")!;
  const nullableHeaders = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value }]));
  const http = {
    url: `http://${headers.host}${path}`,
    method: "GET",
    nullableHeaders,
    nullableQuery: {},
    nullableParams: {},
  };
  const answer = await invoke(app, found, binding, { http: { ...http, body: {} } }, (_, message) =>
    lines.push(message),
  );
  return { status: answer?.statusCode, text: Buffer.from(answer?.body?.bytes ?? "").toString() };
}

describe("a request that no Request can be made of", () => {
  it.each(["a b", "localhost:99999", "localhost@evil.com", "::1", "localhost%00", "localhost/health?", ""])(
    "is refused where its Host is %j, and its query is in no log",
    async (host) => {
      lines.length = 0;
      expect(await call({ host })).toEqual({ status: "400", text: "Invalid Host header" });
      expect(lines.join("\n")).not.toContain("secret");
    },
  );

  it("is served where a header holds what is not latin1", async () => {
    expect((await call({ host: "localhost", "x-name": "日本" })).status).toBe("200");
  });
});
