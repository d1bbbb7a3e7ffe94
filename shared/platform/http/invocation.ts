/**
 * HTTP requests as the worker hands them over, read and answered without the library's Request and Response. Those took
 * more time than most answers, throw on some requests, which is an empty 500 with the whole URL in the log, and drop
 * the body of a GET. Functions, hooks, contexts and timers stay with the library, and so does an invocation of any
 * other shape.
 */
import { format } from "node:util";
import { type HttpRequest, InvocationContext, type LogLevel, type TraceContext } from "@azure/functions";
import { functionsCore } from "../functions-core.ts";
import { Reply } from "./reply.ts";

type Values = Record<string, { value?: string | null }>;

interface RpcHttp {
  url: string;
  method: string;
  body?: { bytes?: Uint8Array | null; string?: string | null } | null;
  /** Names are in lower case. */
  nullableHeaders: Values;
  nullableParams?: Values | null;
}

interface CoreContext {
  invocationId: string;
  metadata: { name: string };
  request: { inputData?: { data?: { http?: Partial<RpcHttp> | null } | null }[] | null; traceContext?: TraceContext };
  log(level: LogLevel, category: string, message: string): void;
}

interface InvocationModel {
  getArguments(): Promise<{ context: InvocationContext; inputs: unknown[] }>;
  invokeFunction(context: InvocationContext, inputs: unknown[], handler: Handler): Promise<unknown>;
  getResponse(context: InvocationContext, result: unknown): Promise<object>;
}

type Handler = (...inputs: unknown[]) => unknown;

interface ProgrammingModel {
  getInvocationModel(context: CoreContext): InvocationModel;
}

/** A request as the host sent it. */
export interface Sent {
  method: string;
  url: string;
  /** The route parameters of the host, which decodes them once. */
  params: Record<string, string>;
  header(name: string): string | undefined;
  /** The whole body. */
  bytes(): Uint8Array | Promise<Uint8Array>;
}

/**
 * Has HTTP requests read and answered here. To be called once, after a function was registered, which is what sets the
 * library's model.
 */
export function takeInvocations(): void {
  const model = functionsCore()?.getProgrammingModel() as ProgrammingModel | undefined;
  if (!model) return;
  const library = model.getInvocationModel.bind(model);
  model.getInvocationModel = (context) => {
    const http = httpOf(context);
    return http ? directly(context, http, () => library(context)) : library(context);
  };
}

function httpOf({ request }: CoreContext): RpcHttp | undefined {
  const inputs = request.inputData ?? [];
  const { url, method, body, nullableHeaders, nullableParams } = inputs[0]?.data?.http ?? {};
  const isText = typeof body?.string === "string";
  const isKnown = inputs.length === 1 && url !== undefined && method !== undefined && nullableHeaders && !isText;
  return isKnown ? { url, method, body, nullableHeaders, nullableParams } : undefined;
}

/** @param library for an answer that a hook put in place of ours */
const directly = (core: CoreContext, http: RpcHttp, library: () => InvocationModel): InvocationModel => ({
  getArguments: async () => ({ context: new LateContext(core), inputs: [new DirectRequest(http)] }),
  invokeFunction: async (context, inputs, handler) => await handler(...inputs, context),
  async getResponse(context, result) {
    if (!(result instanceof Reply)) return library().getResponse(context, result);
    const { status, headers, body = "" } = result;
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    const answered = { statusCode: String(status), headers, cookies: [], body: { bytes } };
    return { invocationId: core.invocationId, outputData: [], returnValue: { http: answered } };
  },
});

/**
 * The library's context, made when something of it is asked for. As the library is compiled, its private fields are
 * weak maps, which the garbage collector goes through each time that new objects are collected.
 */
class LateContext implements InvocationContext {
  readonly invocationId: string;
  readonly functionName: string;
  // It holds the request: nothing that writes a context down may find it.
  readonly #core: CoreContext;
  #made: InvocationContext | undefined;

  constructor(core: CoreContext) {
    this.#core = core;
    this.invocationId = core.invocationId;
    this.functionName = core.metadata.name;
  }

  get extraInputs(): InvocationContext["extraInputs"] {
    return this.whole.extraInputs;
  }

  get extraOutputs(): InvocationContext["extraOutputs"] {
    return this.whole.extraOutputs;
  }

  get options(): InvocationContext["options"] {
    return this.whole.options;
  }

  get traceContext(): TraceContext | undefined {
    return this.#core.request.traceContext;
  }

  log(...args: unknown[]): void {
    this.whole.log(...args);
  }

  trace(...args: unknown[]): void {
    this.whole.trace(...args);
  }

  debug(...args: unknown[]): void {
    this.whole.debug(...args);
  }

  info(...args: unknown[]): void {
    this.whole.info(...args);
  }

  warn(...args: unknown[]): void {
    this.whole.warn(...args);
  }

  error(...args: unknown[]): void {
    this.whole.error(...args);
  }

  private get whole(): InvocationContext {
    const { invocationId, functionName, traceContext } = this;
    const logHandler = (level: LogLevel, ...args: unknown[]) => this.#core.log(level, "user", format(...args));
    this.#made ??= new InvocationContext({ invocationId, functionName, logHandler, traceContext });
    return this.#made;
  }
}

class DirectRequest implements Sent {
  readonly method: string;
  readonly url: string;
  private readonly http: RpcHttp;

  constructor(http: RpcHttp) {
    this.method = http.method;
    this.url = http.url;
    this.http = http;
  }

  get params(): Record<string, string> {
    const params: Record<string, string> = {};
    for (const name in this.http.nullableParams) params[name] = this.http.nullableParams[name]?.value ?? "";
    return params;
  }

  header(name: string): string | undefined {
    const { nullableHeaders: headers } = this.http;
    return Object.hasOwn(headers, name) ? (headers[name]?.value ?? "") : undefined;
  }

  bytes(): Uint8Array {
    return this.http.body?.bytes ?? new Uint8Array();
  }
}

/** What a function was called with: a request read here, or else the library's. */
export const sentOf = (input: HttpRequest | Sent): Sent =>
  input instanceof DirectRequest ? input : ofLibrary(input as HttpRequest);

const ofLibrary = (request: HttpRequest): Sent => ({
  method: request.method,
  url: request.url,
  params: request.params,
  header: (name) => request.headers.get(name) ?? undefined,
  bytes: async () => new Uint8Array(await request.arrayBuffer()),
});
