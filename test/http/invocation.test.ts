import { resolve } from "node:path";
import type { InvocationContext } from "@azure/functions";
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

const levels = { log: "information", info: "information", warn: "warning" };
const lineOf = (level: string) => [{ ...levels }[level] ?? level, "user", "said { at: 1 }"];

async function modelOf(shape: typeof older | typeof usual, log: (...line: unknown[]) => void) {
  const { metadata } = app.functions.find((each) => each.metadata.name === "z-server")!;
  const [name] = Object.keys(metadata.bindings);
  const http = { url: "http://localhost/health", method: "GET", ...shape({ host: "localhost" }, {}) };
  const traceContext = { traceParent: "00-1-2-01", traceState: "", attributes: { a: "b" } };
  const request = { inputData: [{ name, data: { http } }], traceContext };
  return app.model.getInvocationModel({ invocationId: "1", metadata, request, log });
}

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

  it("has the context that the library makes", async () => {
    const lines: unknown[][] = [];
    const [ours, theirs] = await Promise.all(
      [usual, older].map(async (shape) => {
        const model = await modelOf(shape, (...line) => lines.push(line));
        return (await model.getArguments()).context as InvocationContext;
      }),
    );
    const { options: _, ...known } = { ...theirs } as Record<string, unknown>;
    for (const name of Object.keys(known)) expect(ours![name as "functionName"]).toEqual(known[name]);
    expect(ours!.options.extraInputs).toEqual([]);
    ours!.extraInputs.set("a", 1);
    expect(ours!.extraInputs.get("a")).toBe(1);
    for (const level of ["log", "trace", "debug", "info", "warn", "error"] as const) {
      theirs![level]("said", { at: 1 });
      ours![level]("said", { at: 1 });
      expect(lines.splice(0)).toEqual([lineOf(level), lineOf(level)]);
    }
  });

  it("is left to the library where a hook answered in place of the app", async () => {
    const model = await modelOf(usual, () => {});
    const { context } = await model.getArguments();
    const answer = await model.getResponse(context, { status: 202, headers: { "x-hook": "1" }, body: "hooked" });
    expect(answer.returnValue?.http).toMatchObject({ statusCode: "202", headers: { "x-hook": "1" } });
    expect(Buffer.from(answer.returnValue?.http?.body?.bytes ?? "").toString()).toBe("hooked");
  });
});
