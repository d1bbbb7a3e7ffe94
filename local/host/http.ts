import type http from "node:http";
import { cookieHeader } from "./cookies.ts";
import type { LoadedApp, RpcHttp } from "./functions-core.ts";
import { invoke, type Log } from "./invocation.ts";
import { type HttpFunction, matchFunction } from "./routes.ts";

/** One answered request. Neither query strings nor bodies are in it: they may hold SAS tokens. */
export interface RequestLog {
  method: string;
  path: string;
  status: number;
  requestBytes: number;
  responseBytes: number;
  milliseconds: number;
}

interface Listening {
  app: LoadedApp;
  functions: readonly HttpFunction[];
  /** `extensions.http.maxConcurrentRequests` of host.json. */
  maxConcurrent: number;
  /** `extensions.http.maxOutstandingRequests`: those that wait count too, and the next one is answered 429. */
  maxOutstanding: number;
  log: Log;
  onRequest(entry: RequestLog): void;
}

// FUNCTIONS_REQUEST_BODY_SIZE_LIMIT of the real host.
const bodyLimit = 104_857_600;

class ClientGone extends Error {}

/** Answers requests as the real host does without HTTP streaming, its limits included. */
export function requestListener(listening: Listening): http.RequestListener {
  const turns = inTurn(listening.maxConcurrent, listening.maxOutstanding);
  return async (request, response) => {
    const started = performance.now();
    const [path, query] = splitOnce(request.url ?? "/");
    let requestBytes = 0;
    let responseBytes = 0;
    try {
      // A body is read when its turn has come, so that no more of them are held at once.
      const answer = await turns(async () => {
        const body = await readBody(request);
        requestBytes = body?.length ?? 0;
        return answerTo(listening, request, path, query, body);
      });
      responseBytes = send(request, response, answer ?? hostAnswer("429"));
    } catch (error) {
      if (error instanceof ClientGone) return;
      listening.log("error", error instanceof Error ? (error.stack ?? error.message) : String(error));
      response.writeHead(500, { "content-length": 0 }).end();
    }
    listening.onRequest({
      method: request.method ?? "",
      path,
      status: response.statusCode,
      requestBytes,
      responseBytes,
      milliseconds: performance.now() - started,
    });
  };
}

/** Lets `limit` calls run at once; others wait in the order they came, and are not taken where that would make more than `most`. */
function inTurn(limit: number, most: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    if (running + waiting.length >= most) return undefined;
    if (running >= limit) await new Promise<void>((turn) => waiting.push(turn));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}

/** A body without Content-Length never reaches the app; one over the limit is a 500 before the app is called. */
function readBody(request: http.IncomingMessage): Buffer | undefined | Promise<Buffer | undefined> {
  const { "content-length": declared, "transfer-encoding": encoding } = request.headers;
  if (declared === undefined && encoding === undefined) return undefined;
  if (Number(declared ?? 0) > bodyLimit) {
    request.resume();
    throw new Error("Request body too large");
  }
  const keep = declared !== undefined && request.method !== "GET" && request.method !== "HEAD";
  if (request.destroyed) throw new ClientGone();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => {
      if (keep) chunks.push(chunk);
    });
    request.once("end", () => resolve(chunks.length < 2 ? chunks[0] : Buffer.concat(chunks)));
    request.once("error", () => reject(new ClientGone())).once("close", () => reject(new ClientGone()));
  });
}

async function answerTo(
  { app, functions, log }: Listening,
  request: http.IncomingMessage,
  path: string,
  query: string,
  body: Buffer | undefined,
): Promise<RpcHttp> {
  const matched = matchFunction(functions, request.method ?? "GET", decodePath(path));
  if (!matched) return hostAnswer("404");
  const { found, params } = matched;
  const data = {
    http: {
      url: `http://${request.headers.host ?? "localhost"}${request.url}`,
      method: request.method,
      nullableHeaders: headersOf(request),
      nullableQuery: queryOf(query),
      nullableParams: params,
      body: { bytes: body },
    },
  };
  return (await invoke(app, found.registered, found.binding, data, log)) ?? hostAnswer("204");
}

const hostAnswer = (statusCode: string): RpcHttp => ({ statusCode, headers: {}, cookies: [] });

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant.
const ascii = /^[\x00-\x7f]*$/;

function send(request: http.IncomingMessage, response: http.ServerResponse, answer: RpcHttp): number {
  const status = Number(answer.statusCode);
  const headers: Record<string, string | number | string[]> = {};
  for (const name in answer.headers) {
    const value = answer.headers[name]!;
    if (!ascii.test(value)) throw new Error(`Header '${name}' holds a character that is not ASCII`);
    headers[name] = value;
  }
  if (answer.cookies.length > 0) {
    // Of several set-cookie headers only the last got this far; `cookies` is how an app sets more than one.
    const first = headers["set-cookie"] === undefined ? [] : [String(headers["set-cookie"])];
    headers["set-cookie"] = first.concat(answer.cookies.map(cookieHeader));
  }
  const bodiless = status === 204 || status === 205 || status === 304;
  const body = answer.body?.bytes ?? answer.body?.string ?? "";
  if (!bodiless) headers["content-length"] = Buffer.byteLength(body);
  response.writeHead(status, headers);
  const silent = bodiless || request.method === "HEAD";
  response.end(silent ? undefined : body);
  return silent ? 0 : Buffer.byteLength(body);
}

const splitOnce = (url: string): [string, string] => {
  const at = url.indexOf("?");
  return at === -1 ? [url, ""] : [url.slice(0, at), url.slice(at + 1)];
};

/** Azure decodes the path before it looks for a route. */
function decodePath(path: string): string {
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

type Nullable = Record<string, { value: string }>;

function headersOf({ headers }: http.IncomingMessage): Nullable {
  const wrapped: Nullable = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) wrapped[name] = { value: Array.isArray(value) ? value.join(", ") : value };
  }
  return wrapped;
}

/** Repeated keys arrive joined by commas. */
function queryOf(query: string): Nullable {
  const wrapped: Nullable = Object.create(null);
  if (query === "") return wrapped;
  for (const [key, value] of new URLSearchParams(query)) {
    const earlier = wrapped[key];
    if (earlier) earlier.value += `,${value}`;
    else wrapped[key] = { value };
  }
  return wrapped;
}
