import type http from "node:http";
import { remembered } from "../../shared/platform/recently-used.ts";
import { hostAnswer, send } from "./answer.ts";
import { bodyReader, ClientGone, Refused } from "./body.ts";
import type { LoadedApp, RpcHttp } from "./functions-core.ts";
import { invoke, type Log } from "./invocation.ts";
import { hostPath, refusedStatus } from "./refusals.ts";
import { type HttpFunction, matchFunction } from "./routes.ts";
import { queryValues, readTarget, type Target } from "./target.ts";
import { inTurn } from "./turns.ts";

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
  /** FUNCTIONS_REQUEST_BODY_SIZE_LIMIT, in bytes. */
  bodyLimit: number;
  log: Log;
  onRequest(entry: RequestLog): void;
}

/** Answers requests as the real host does without HTTP streaming, its limits included. */
export function requestListener(listening: Listening): http.RequestListener {
  const turns = inTurn(listening.maxConcurrent, listening.maxOutstanding);
  const match = matching(listening.functions);
  const readBody = bodyReader(listening.bodyLimit);
  return async (request, response) => {
    const started = performance.now();
    const sent = request.url ?? "/";
    let requestBytes = 0;
    let responseBytes = 0;
    try {
      const target = admitted(request, sent);
      // A body is read when its turn has come, so that no more of them are held at once.
      const answer =
        hostPath(target.path) ??
        (await turns(async () => {
          const body = await readBody(request);
          requestBytes = body?.length ?? 0;
          return answerTo(listening, match, request, target, body);
        }));
      responseBytes = send(request, response, answer ?? hostAnswer(429, { "x-function-scaleout": "1" }));
    } catch (error) {
      if (error instanceof ClientGone) return;
      refuse(request, response, error, listening.log);
    }
    listening.onRequest({
      method: request.method ?? "",
      path: withoutQuery(sent),
      status: response.statusCode,
      requestBytes,
      responseBytes,
      milliseconds: performance.now() - started,
    });
  };
}

const withoutQuery = (target: string) => {
  const at = target.indexOf("?");
  return at === -1 ? target : target.slice(0, at);
};

/** @throws Refused */
function admitted(request: http.IncomingMessage, sent: string): Target {
  const status = refusedStatus(request);
  if (status !== undefined) throw new Refused(status, "");
  const target = readTarget(inOriginForm(sent, request.headers.host));
  if (!target) throw new Refused(400, "");
  return target;
}

/** A target may name the host, where it is the one of the Host header. */
function inOriginForm(sent: string, host = ""): string {
  const prefix = `http://${host}/`;
  return sent.startsWith(prefix) ? sent.slice(prefix.length - 1) : sent;
}

function refuse(request: http.IncomingMessage, response: http.ServerResponse, error: unknown, log: Log): void {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (!(error instanceof Refused) || error.message !== "") log("error", message);
  const headers: http.OutgoingHttpHeaders = request.method === "HEAD" ? {} : { "content-length": 0 };
  if (!(error instanceof Refused)) return void response.writeHead(500, headers).end();
  // What is left of the request is not waited for.
  response.writeHead(error.status, { ...headers, connection: "close" }).end(() => request.destroy());
}

async function answerTo(
  { app, log }: Listening,
  match: ReturnType<typeof matching>,
  request: http.IncomingMessage,
  { path, url, query }: Target,
  body: Buffer | undefined,
): Promise<RpcHttp> {
  const matched = match(`${request.method} ${path}`);
  if (!matched) return hostAnswer(404);
  const { found, params } = matched;
  const data = {
    http: {
      url: `http://${request.headers.host}${url}`,
      method: request.method,
      nullableHeaders: headersOf(request),
      nullableQuery: queryOf(query),
      nullableParams: params,
      body: { data: "bytes", bytes: body },
    },
  };
  return (await invoke(app, found.registered, found.binding, data, log)) ?? hostAnswer(204);
}

/** The function for a method and a path, with a space between. */
const matching = (functions: readonly HttpFunction[]) =>
  remembered((asked) => {
    const [method] = asked.split(" ", 1) as [string];
    return matchFunction(functions, method, asked.slice(method.length + 1));
  });

type Nullable = Record<string, { value: string }>;

function headersOf({ headers }: http.IncomingMessage): Nullable {
  const wrapped: Nullable = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) wrapped[name] = { value: decoded(Array.isArray(value) ? value.join(", ") : value) };
  }
  return wrapped;
}

const latin1 = /[\x80-\xff]/;

/** Node reads headers as Latin-1, the real host's server as UTF-8. */
function decoded(value: string): string {
  if (!latin1.test(value)) return value;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(value, "latin1"));
  } catch {
    throw new Refused(400, "");
  }
}

function queryOf(query: string): Nullable {
  const wrapped: Nullable = {};
  if (query === "") return wrapped;
  // The worker reads the keys into an object, in which that one is no key.
  for (const [key, value] of queryValues(query)) if (key !== "__proto__") wrapped[key] = { value };
  return wrapped;
}
