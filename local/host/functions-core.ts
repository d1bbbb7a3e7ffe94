/**
 * Stands in for `@azure/functions-core`, which the real Node worker provides to the app: it takes the functions and
 * hooks that the app's entry registers.
 */
import Module from "node:module";

export interface FunctionMetadata {
  name: string;
  bindings: Record<string, Binding>;
}

export interface Binding {
  type: string;
  direction?: string;
  route?: string;
  methods?: string[];
  schedule?: string;
  runOnStartup?: boolean;
}

export interface RegisteredFunction {
  metadata: FunctionMetadata;
  callback: (...inputs: unknown[]) => unknown;
}

type Hook = (context: Record<string, unknown>) => unknown;

interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: RegisteredFunction["callback"]): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<{ returnValue?: { http?: RpcHttp } | null }>;
}

export interface RpcHttp {
  statusCode: string;
  headers: Record<string, string>;
  cookies: RpcCookie[];
  body?: { bytes?: Uint8Array; string?: string };
}

export interface RpcCookie {
  name: string;
  value: string;
  domain?: { value: string };
  path?: { value: string };
  expires?: { value: { seconds: number } };
  maxAge?: { value: number };
  secure?: { value: boolean };
  httpOnly?: { value: boolean };
  /** `none` is "not said"; `explicitNone` is SameSite=None. */
  sameSite: "none" | "lax" | "strict" | "explicitNone";
}

interface ProgrammingModel {
  getInvocationModel(core: Record<string, unknown>): Promise<InvocationModel> | InvocationModel;
  getCapabilities?(capabilities: Record<string, string>): unknown;
}

export interface LoadedApp {
  /** How the app wants to be told where the host listens. */
  listensOn?(host: string): void;
  functions: RegisteredFunction[];
  model: ProgrammingModel;
  /** What hooks keep for the app's lifetime. */
  appHookData: Record<string, unknown>;
  hasHooks(name: string): boolean;
  runHooks(name: string, context: Record<string, unknown>): Promise<void>;
}

/**
 * What the app's entry registers when it is loaded. Registering anything later throws, as in the real worker.
 * @param embedded false: the app believes that the process is its own, as under the real worker
 */
export async function loadApp(
  entry: string,
  log: (level: string, message: string) => void,
  embedded = true,
): Promise<LoadedApp> {
  const functions: RegisteredFunction[] = [];
  const hooks = new Map<string, Hook[]>();
  let model: ProgrammingModel | undefined;
  let loaded = false;
  const core = {
    version: "3.0.0",
    embedded,
    hostVersion: "4.1037.0",
    registerFunction(metadata: FunctionMetadata, callback: RegisteredFunction["callback"]) {
      if (loaded) throw new Error("A function can only be registered during app startup.");
      functions.push({ metadata, callback });
      return new core.Disposable(() => {});
    },
    registerHook(name: string, hook: Hook) {
      hooks.set(name, [...(hooks.get(name) ?? []), hook]);
      return new core.Disposable(() => {
        const left = (hooks.get(name) ?? []).filter((other) => other !== hook);
        if (left.length > 0) hooks.set(name, left);
        else hooks.delete(name);
      });
    },
    setProgrammingModel(given: ProgrammingModel) {
      model = given;
    },
    getProgrammingModel: () => model,
    log: (level: string, _category: string, message: string) => log(level, message),
    Disposable: class {
      readonly dispose: () => void;
      constructor(dispose: () => void) {
        this.dispose = dispose;
      }
    },
  };
  const { listensOn } = requireWith(entry, core);
  loaded = true;
  if (!model) throw new Error(`${entry} does not use @azure/functions v4`);
  const appHookData = {};
  const runHooks = async (name: string, context: Record<string, unknown>) => {
    for (const hook of hooks.get(name) ?? []) await hook(context);
  };
  await runHooks("appStart", { appHookData });
  await model.getCapabilities?.({});
  return { listensOn, functions, model, appHookData, hasHooks: (name) => hooks.has(name), runHooks };
}

type Load = (request: string, ...rest: unknown[]) => unknown;

/** Requires a file anew with `@azure/functions-core` resolved to `core`. */
function requireWith(entry: string, core: object): Pick<LoadedApp, "listensOn"> {
  const loader = Module as unknown as { _load: Load };
  const load = loader._load;
  loader._load = (request, ...rest) =>
    request === "@azure/functions-core" ? core : load.call(loader, request, ...rest);
  try {
    const require = Module.createRequire(entry);
    delete require.cache[entry];
    return require(entry);
  } finally {
    loader._load = load;
  }
}
