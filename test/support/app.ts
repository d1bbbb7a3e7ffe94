import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import pg from "pg";
import { inject } from "vitest";
import type { RequestLog } from "../../local/host/http.ts";
import { startHost } from "../../local/host/index.ts";
import { noteHit } from "./hits.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever the app answers.
type Body = any;

export interface Answer {
  status: number;
  headers: Headers;
  /** The parsed JSON, or the text where it is none. */
  body: Body;
  text: string;
}

export interface RequestInput {
  body?: string | Uint8Array | ReadableStream<Uint8Array>;
  headers?: Record<string, string>;
  redirect?: "follow" | "manual";
}

export interface App {
  url: string;
  get(path: string, query?: Record<string, string | string[]>): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  request(method: string, path: string, input?: RequestInput): Promise<Answer>;
  /** The text of the last answer, in which int64 are exact. */
  lastText(): string;
  /** The app's own database. */
  db: pg.Pool;
  databaseUri: string;
  /** Every request the host answered. */
  log: RequestLog[];
  /** Every line that the app wrote to the host's log. */
  lines: string[];
  /** Runs a timer function now. */
  runTimer(name: string): Promise<void>;
  close(): Promise<void>;
}

/** A copy of the template database, or an empty one, with the URI an app needs to use it. */
export async function aDatabase(
  template: "mlflow" | "template0" | "filled" = "mlflow",
): Promise<{ uri: string; drop(): Promise<void> }> {
  const postgres = inject("postgres");
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const asAdmin = async (statement: string) => {
    const admin = new pg.Client({ connectionString: postgres.replace(/\/mlflow$/, "/postgres") });
    await admin.connect();
    await admin.query(statement);
    await admin.end();
  };
  await asAdmin(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  return {
    uri: postgres.replace(/\/mlflow$/, `/${name}`),
    drop: () => asAdmin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/**
 * Starts the app's bundle in the embedded host, on a database of its own; `env` goes before what the tests set.
 * @param address where the host listens
 */
export async function startApp(env: Record<string, string> = {}, address = "127.0.0.1"): Promise<App> {
  const database = env.MLFLOW_BACKEND_STORE_URI ? undefined : await aDatabase();
  const databaseUri = database?.uri ?? env.MLFLOW_BACKEND_STORE_URI!;
  const settings = {
    ...process.env,
    MLFLOW_BACKEND_STORE_URI: databaseUri,
    AZURE_STORAGE_CONNECTION_STRING: inject("storage"),
    AzureWebJobsStorage: inject("storage"),
    ...env,
  };
  const log: RequestLog[] = [];
  const lines: string[] = [];
  const host = await startHost({
    entry: resolve("dist/main.cjs"),
    host: address,
    port: 0,
    settings,
    onRequest: (entry) => {
      log.push(entry);
      noteHit(entry);
    },
    log: (level, message) => lines.push(`${level} ${message}`),
  });
  const url = `http://127.0.0.1:${host.port}`;
  const db = new pg.Pool({ connectionString: databaseUri, max: 2, allowExitOnIdle: true });
  db.on("error", () => {});
  let last = "";
  const request = async (method: string, path: string, input: RequestInput = {}): Promise<Answer> => {
    const streamed = input.body instanceof ReadableStream && { duplex: "half" as const };
    const response = await fetch(url + path, { method, redirect: "manual", ...input, ...streamed } as RequestInit);
    last = await response.text();
    return { status: response.status, headers: response.headers, body: parse(last), text: last };
  };
  return {
    url,
    request,
    get: (path, query = {}) => request("GET", `${path}?${queryString(query)}`),
    post: (path, body) =>
      request("POST", path, { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    lastText: () => last,
    db,
    databaseUri,
    log,
    lines,
    runTimer: host.runTimer,
    close: async () => {
      await host.close();
      await db.end();
      await database?.drop();
    },
  };
}

function queryString(query: Record<string, string | string[]>): URLSearchParams {
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  );
  return new URLSearchParams(pairs);
}

function parse(text: string): Body {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
