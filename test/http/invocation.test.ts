import { resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type LoadedApp, loadApp } from "../../local/host/functions-core.ts";
import { invoke } from "../../local/host/invocation.ts";
import { aDatabase } from "../support/app.ts";

interface Called {
  function: string;
  method: string;
  path: string;
  headers?: Record<string, string>;
  params?: Record<string, string>;
  body?: string | Uint8Array;
}

const json = { "content-type": "application/json" };
const api = "/api/2.0/mlflow";

let app: LoadedApp;
let database: Awaited<ReturnType<typeof aDatabase>>;
beforeAll(async () => {
  database = await aDatabase();
  process.env.MLFLOW_BACKEND_STORE_URI = database.uri;
  app = await loadApp(resolve("dist/main.cjs"), () => {});
  app.listensOn?.("127.0.0.1");
});
afterAll(() => database.drop());

const nullable = (values: Record<string, string>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));

/** What the worker of an older host hands over: the library takes it, and this app leaves it to the library. */
const older = (headers: Record<string, string>, params: Record<string, string>) => ({ headers, params });
const usual = (headers: Record<string, string>, params: Record<string, string>) => ({
  nullableHeaders: nullable(headers),
  nullableParams: nullable(params),
});

const asBytes = (body: Called["body"]): object => ({ data: "bytes", bytes: body && Buffer.from(body) });
const asText = (body: Called["body"]): object => ({ data: "string", string: body });

async function call(called: Called, shape: typeof older | typeof usual = usual, bodyOf = asBytes) {
  const found = app.functions.find(({ metadata }) => metadata.name === called.function)!;
  const [binding] = Object.entries(found.metadata.bindings).find(([, { type }]) => type === "httpTrigger")!;
  const http = {
    url: `http://localhost${called.path}`,
    method: called.method,
    body: bodyOf(called.body),
    ...shape({ host: "localhost", ...called.headers }, called.params ?? {}),
  };
  const answer = await invoke(app, found, binding, { http }, () => {});
  const { statusCode, headers, cookies, body } = answer!;
  return { statusCode, headers, cookies, text: Buffer.from(body?.bytes ?? "").toString() };
}

const fetched = { Request, Response, Headers };
afterEach(() => void Object.assign(globalThis, fetched));

function withoutFetch(): void {
  class Unusable {
    constructor() {
      throw new Error("the library's own way was taken");
    }
  }
  Object.assign(globalThis, { Request: Unusable, Response: Unusable, Headers: Unusable });
}

const requests: Called[] = [
  { function: "z-server", method: "GET", path: "/health" },
  { function: "z-server", method: "HEAD", path: "/version" },
  { function: "z-server", method: "GET", path: "/nothing/here", headers: { origin: "http://localhost:3000" } },
  { function: "z-server", method: "GET", path: "/health", headers: { host: "evil.example" } },
  { function: "runs", method: "OPTIONS", path: `${api}/runs/create`, headers: { origin: "http://localhost:3000" } },
  { function: "experiments", method: "GET", path: `${api}/experiments/get?experiment_id=0` },
  {
    function: "experiments",
    method: "POST",
    path: `${api}/experiments/search`,
    headers: json,
    body: '{"max_results": 5}',
  },
  {
    function: "experiments",
    method: "POST",
    path: `${api}/experiments/search`,
    headers: json,
    body: '{"max_results": "é"}',
  },
  { function: "experiments", method: "POST", path: `${api}/experiments/search`, body: "{}" },
  { function: "experiments", method: "DELETE", path: `${api}/experiments/search` },
  {
    function: "mlflow-artifacts",
    method: "PUT",
    path: "/api/2.0/mlflow-artifacts/artifacts/0/%252e%252e/x",
    params: { rest: "artifacts/0/%2e%2e/x" },
    headers: { "content-length": "3" },
    body: new Uint8Array([0, 255, 1]),
  },
];

describe("an HTTP invocation", () => {
  it.each(requests)("is answered as the library answers it: $method $path $headers $body", async (called) => {
    const byLibrary = await call(called, older);
    withoutFetch();
    expect(await call(called)).toEqual(byLibrary);
  });

  it("is left to the library where its body is text", async () => {
    const search = { function: "experiments", method: "POST", path: `${api}/experiments/search`, headers: json };
    const [answer, usualAnswer] = [
      await call({ ...search, body: "[]" }, usual, asText),
      await call({ ...search, body: "[]" }),
    ];
    expect(answer).toEqual(usualAnswer);
    expect(answer.text).toContain("must be a JSON object");
  });

  it("is left to the library where a hook answered in place of the app", async () => {
    const metadata = app.functions.find(({ metadata }) => metadata.name === "z-server")!.metadata;
    const http = { url: "http://localhost/health", method: "GET", ...usual({ host: "localhost" }, {}) };
    const core = { invocationId: "1", metadata, request: { inputData: [{ name: "httpTrigger1", data: { http } }] } };
    const model = await app.model.getInvocationModel({ ...core, log: () => {} });
    const { context } = await model.getArguments();
    const answer = await model.getResponse(context, { status: 202, headers: { "x-hook": "1" }, body: "hooked" });
    expect(answer.returnValue?.http).toMatchObject({ statusCode: "202", headers: { "x-hook": "1" } });
    expect(Buffer.from(answer.returnValue?.http?.body?.bytes ?? "").toString()).toBe("hooked");
  });
});
