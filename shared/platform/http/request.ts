import { invalid, MlflowError } from "../errors.ts";
import { parseJson } from "../json.ts";
import { QueryValues } from "./fields.ts";
import type { Sent } from "./invocation.ts";
import { RequestUrl } from "./url.ts";

/** The parts of an HTTP request that routes look at. */
export interface Request {
  method: string;
  /** As the client asked for it, without the prefix that all paths begin with (MLFLOW_STATIC_PREFIX). */
  url: RequestUrl;
  header(name: string): string | undefined;
  /** The whole body. */
  bytes(): Uint8Array | Promise<Uint8Array>;
}

/** @param prefix MLFLOW_STATIC_PREFIX */
export function toRequest(sent: Sent, prefix: string): Request {
  const url = RequestUrl.of(sent.url, prefix);
  return {
    method: sent.method,
    url: url ?? noUrl,
    // No URL can be made of such a Host header. The guard refuses an empty one.
    header: (name) => (name === "host" && !url ? "" : sent.header(name)),
    bytes: () => sent.bytes(),
  };
}

const noUrl = RequestUrl.of("http://invalid/")!;

/** Whether MLflow's page asks, rather than a client. */
export const isFromPage = ({ url }: Request) => url.pathname.startsWith("/ajax-api/");

/**
 * Where the page that asks was loaded from. Behind a proxy the Host header may differ, so the page's own headers
 * decide.
 */
export function pageOrigin(request: Request): string {
  const page = request.header("origin") ?? request.header("referer");
  return page && URL.canParse(page) ? new URL(page).origin : request.url.origin;
}

/** How large a JSON body may be: what clients send, with every character escaped, fits well. */
export interface BodyLimits {
  bytes: number;
  /** How many values it may hold, of whatever kind. */
  values: number;
}

export const usualBody: BodyLimits = { bytes: 8 * 2 ** 20, values: 100_000 };

/**
 * A route's input before it is parsed, or a promise of it: a GET's query where it has one, else the JSON body; an
 * absent or malformed body counts as empty, and JSON within a JSON string is unpacked, as MLflow does
 * (mlflow/server/handlers.py).
 * @throws MlflowError for a body that the host dropped, is too large or nested too deeply
 */
export function readInput(request: Request, limits = usualBody): unknown {
  const { method, url } = request;
  const query = method === "HEAD" || method === "GET" ? url.query : [];
  return method === "HEAD" || query.length > 0 ? valuesOf(query) : readBody(request, limits);
}

function readBody(request: Request, limits: BodyLimits): unknown {
  refuseChunked(request);
  checkContentType(request);
  const bytes = request.bytes();
  return bytes instanceof Promise ? bytes.then((all) => readJson(all, limits)) : readJson(bytes, limits);
}

function readJson(bytes: Uint8Array, limits: BodyLimits): unknown {
  if (bytes.byteLength > limits.bytes) throw tooLarge(bytes.byteLength, limits.bytes);
  const body = decode(bytes);
  if (body === "") return {};
  const value = parseOrEmpty(body, limits.values, bytes);
  return typeof value === "string" ? parseOrEmpty(value, limits.values) : value;
}

/** Functions drops a body that comes in chunks. The empty body that arrives is not what was sent, so it is refused. */
function refuseChunked(request: Request): void {
  if (request.header("transfer-encoding") === undefined) return;
  throw new MlflowError(
    "INVALID_PARAMETER_VALUE",
    "The request has a body in chunks, which Azure Functions does not pass on. Send it with a Content-Length header.",
    { status: 411 },
  );
}

const tooLarge = (bytes: number, limit: number) =>
  new MlflowError(
    "INVALID_PARAMETER_VALUE",
    `The request has ${bytes} bytes, and this route takes at most ${limit}. Split it into several.`,
    { status: 413 },
  );

/** A route's input where it is in the query. */
export const readQuery = ({ url }: Request): Record<string, QueryValues> => valuesOf(url.query);

function valuesOf(query: RequestUrl["query"]): Record<string, QueryValues> {
  const values: Record<string, QueryValues> = {};
  for (const [name, value] of query) {
    // Unlike in a body, names count only as they are spelled in the protocol. None is `__proto__`.
    if (/[A-Z]|^__proto__$/.test(name)) continue;
    if (Object.hasOwn(values, name)) values[name]!.push(value);
    else values[name] = new QueryValues(value);
  }
  return values;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Text that is not UTF-8 counts as no body. */
function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return "";
  }
}

function parseOrEmpty(body: string, maxValues: number, bytes?: Uint8Array): unknown {
  try {
    return parseJson(body, maxValues, undefined, bytes) ?? {};
  } catch (error) {
    if (error instanceof MlflowError) throw error;
    return {};
  }
}

function checkContentType(request: Request): void {
  if (request.method !== "POST" && request.method !== "PUT") return;
  const contentType = request.header("content-type");
  if (contentType === "application/json") return;
  if (contentType === undefined) throw invalid("Bad Request. Content-Type header is missing.");
  if (contentType.split(";")[0] !== "application/json")
    throw invalid("Bad Request. Content-Type must be one of ['application/json'].");
}
