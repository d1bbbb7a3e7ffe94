/**
 * What the worker hands over, mended before the library makes a Request of it: the library throws on some of it, which would
 * answer an empty 500 and put the whole URL into the log.
 */
import { isHost } from "./hosts.ts";

interface RpcHttp {
  url?: string;
  nullableHeaders?: Record<string, { value?: string }>;
}

interface CoreContext {
  request: { inputData?: { data?: { http?: RpcHttp | null } }[] | null };
}

interface ProgrammingModel {
  getInvocationModel(context: CoreContext): unknown;
}

/** Has every invocation mended. To be called once, after a function was registered, which is what sets the library's model. */
export function mendInvocations(): void {
  const model = programmingModel();
  if (!model) return;
  const original = model.getInvocationModel.bind(model);
  model.getInvocationModel = (context) => {
    for (const { data } of context.request.inputData ?? []) if (data?.http) mend(data.http);
    return original(context);
  };
}

/** Undefined where there is no worker: in a test that imports the app's code. */
function programmingModel(): ProgrammingModel | undefined {
  try {
    return require("@azure/functions-core").getProgrammingModel();
  } catch {
    return undefined;
  }
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
