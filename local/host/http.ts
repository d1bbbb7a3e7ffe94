import { randomUUID } from "node:crypto";
import type http from "node:http";
import type { LoadedApp, RpcCookie, RpcHttp } from "./functions-core.ts";
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

// FUNCTIONS_REQUEST_BODY_SIZE_LIMIT of the real host.
const bodyLimit = 104_857_600;

/** Answers requests as the real host does without HTTP streaming, its limits included. */
export function requestListener(
  app: LoadedApp,
  functions: readonly HttpFunction[],
  log: (level: string, message: string) => void,
  onRequest: (entry: RequestLog) => void,
): http.RequestListener {
  return async (request, response) => {
    const started = performance.now();
    let requestBytes = 0;
    let responseBytes = 0;
    try {
      const body = await readBody(request);
      requestBytes = body?.length ?? 0;
      const answer = await answerTo(app, functions, request, body, log);
      responseBytes = send(request, response, answer);
    } catch (error) {
      log("error", error instanceof Error ? (error.stack ?? error.message) : String(error));
      if (!response.headersSent) response.writeHead(500);
      response.end();
    }
    const path = (request.url ?? "/").split("?")[0]!;
    const milliseconds = performance.now() - started;
    onRequest({
      method: request.method ?? "",
      path,
      status: response.statusCode,
      requestBytes,
      responseBytes,
      milliseconds,
    });
  };
}

/** A body without Content-Length never reaches the app; one over the limit is a 500 before the app is called. */
async function readBody(request: http.IncomingMessage): Promise<Buffer | undefined> {
  const declared = request.headers["content-length"];
  if (Number(declared ?? 0) > bodyLimit) {
    request.resume();
    throw new Error("Request body too large");
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (declared !== undefined) chunks.push(chunk as Buffer);
  if (request.method === "GET" || request.method === "HEAD") return undefined;
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}

const notFound: RpcHttp = { statusCode: "404", headers: {}, cookies: [] };

async function answerTo(
  app: LoadedApp,
  functions: readonly HttpFunction[],
  request: http.IncomingMessage,
  body: Buffer | undefined,
  log: (level: string, message: string) => void,
): Promise<RpcHttp> {
  const [path = "/", query = ""] = splitOnce(request.url ?? "/");
  const matched = matchFunction(functions, request.method ?? "GET", decodePath(path));
  if (!matched) return notFound;
  const { found, params } = matched;
  const data = {
    http: {
      url: `http://${request.headers.host ?? "localhost"}${request.url}`,
      method: request.method,
      nullableHeaders: nullable(headersOf(request)),
      nullableQuery: nullable(queryOf(query)),
      nullableParams: nullable(params),
      body: { bytes: body },
    },
  };
  return (await invoke(app, found.registered, found.binding, data, log)).http ?? { ...notFound, statusCode: "204" };
}

/** Runs one function with its hooks, through the app's own programming model. */
async function invoke(
  app: LoadedApp,
  { metadata, callback }: HttpFunction["registered"],
  binding: string,
  data: object,
  log: (level: string, message: string) => void,
): Promise<{ http?: RpcHttp }> {
  const invocationId = randomUUID();
  const request = {
    invocationId,
    functionId: metadata.name,
    inputData: [{ name: binding, data }],
    triggerMetadata: {},
  };
  const model = await app.model.getInvocationModel({
    invocationId,
    request,
    metadata,
    state: undefined,
    log: (level: string, _category: string, message: string) =>
      log(level, `${metadata.name} ${invocationId}: ${message}`),
  });
  const { context, inputs } = await model.getArguments();
  const hooked = { invocationContext: context, inputs, functionHandler: callback, hookData: {}, appHookData: {} };
  await app.runHooks("preInvocation", hooked);
  const result = await model.invokeFunction(context, hooked.inputs, hooked.functionHandler);
  const after = { invocationContext: context, inputs, result, error: null, hookData: {}, appHookData: {} };
  await app.runHooks("postInvocation", after);
  return (await model.getResponse(context, after.result)).returnValue ?? {};
}

function send(request: http.IncomingMessage, response: http.ServerResponse, answer: RpcHttp): number {
  const status = Number(answer.statusCode);
  for (const [name, value] of Object.entries(answer.headers)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant.
    if (!/^[\x00-\x7f]*$/.test(value)) throw new Error(`Header '${name}' holds a character that is not ASCII`);
    response.setHeader(name, value);
  }
  // The host keeps only the last of several set-cookie headers; apps use `cookies`.
  if (answer.cookies.length > 0) response.setHeader("set-cookie", answer.cookies.map(cookieText));
  const body = Buffer.from(answer.body?.bytes ?? answer.body?.string ?? "");
  const bodiless = status === 204 || status === 205 || status === 304;
  response.statusCode = status;
  if (!bodiless) response.setHeader("content-length", body.length);
  response.end(bodiless || request.method === "HEAD" ? undefined : body);
  return bodiless || request.method === "HEAD" ? 0 : body.length;
}

function cookieText({ name, value, path, domain, secure, httpOnly, maxAge }: RpcCookie): string {
  const attributes = [
    path?.value && `path=${path.value}`,
    domain?.value && `domain=${domain.value}`,
    maxAge?.value !== undefined && `max-age=${maxAge.value}`,
    secure?.value && "secure",
    httpOnly?.value && "httponly",
  ];
  return [`${name}=${value}`, ...attributes.filter(Boolean)].join("; ");
}

const splitOnce = (url: string): [string, string] => {
  const at = url.indexOf("?");
  return at === -1 ? [url, ""] : [url.slice(0, at), url.slice(at + 1)];
};

/** Azure decodes the path before it looks for a route. */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function headersOf(request: http.IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  return headers;
}

/** Repeated keys arrive joined by commas. */
function queryOf(query: string): Record<string, string> {
  const joined: Record<string, string> = {};
  if (query === "") return joined;
  for (const [key, value] of new URLSearchParams(query))
    joined[key] = key in joined ? `${joined[key]},${value}` : value;
  return joined;
}

const nullable = (map: Record<string, string>) => {
  const wrapped: Record<string, { value: string }> = {};
  for (const key in map) wrapped[key] = { value: map[key]! };
  return wrapped;
};
