/**
 * What the worker hands over, mended before the library makes a Request of it: the library throws on some of it, which
 * would answer an empty 500 and put the whole URL into the log, and it drops the body of a GET.
 */
import { functionsCore } from "../functions-core.ts";
import { isHost } from "./hosts.ts";

interface RpcHttp {
  url?: string;
  method?: string;
  body?: { bytes?: Uint8Array };
  nullableHeaders?: Record<string, { value?: string }>;
}

interface CoreContext {
  request: { inputData?: { data?: { http?: RpcHttp | null } }[] | null };
}

interface InvocationModel {
  getArguments(): Promise<{ inputs: unknown[] }>;
}

interface ProgrammingModel {
  getInvocationModel(context: CoreContext): InvocationModel;
}

const bodiesOfGets = new WeakMap<object, Uint8Array>();

/** The body of a GET as it was sent, which the library's request lacks. */
export const bodyOfGet = (request: object): Uint8Array | undefined => bodiesOfGets.get(request);

/**
 * Has every invocation mended. To be called once, after a function was registered, which is what sets the library's
 * model.
 */
export function mendInvocations(): void {
  const model = functionsCore()?.getProgrammingModel() as ProgrammingModel | undefined;
  if (!model) return;
  const original = model.getInvocationModel.bind(model);
  model.getInvocationModel = (context) => {
    const sent = (context.request.inputData ?? []).flatMap(({ data }) => data?.http ?? []);
    sent.forEach(mend);
    const body = sent.map(takeBodyOfGet)[0];
    return body === undefined ? original(context) : keeping(original(context), body);
  };
}

/** Takes the body away: the library would write into the log that it drops it. */
function takeBodyOfGet(http: RpcHttp): Uint8Array | undefined {
  const bytes = http.body?.bytes;
  if (http.method !== "GET" || !bytes?.length) return undefined;
  delete http.body;
  return bytes;
}

function keeping(invocation: InvocationModel, body: Uint8Array): InvocationModel {
  const original = invocation.getArguments.bind(invocation);
  invocation.getArguments = async () => {
    const given = await original();
    const [request] = given.inputs;
    if (request instanceof Object) bodiesOfGets.set(request, body);
    return given;
  };
  return invocation;
}

function mend(http: RpcHttp): void {
  const headers = http.nullableHeaders ?? {};
  for (const name in headers) {
    const value = headers[name]?.value;
    // The host reads headers as UTF-8; a Request takes bytes.
    if (value && /[^\0-\xff]/.test(value)) headers[name] = { value: Buffer.from(value).toString("latin1") };
  }
  const host = headers.host?.value;
  if (URL.canParse(http.url ?? "") && (host === undefined || isHost(host))) return;
  // The guard refuses a request whose Host header names no host.
  http.url = "http://invalid/";
  http.nullableHeaders = { ...headers, host: { value: "" } };
}
