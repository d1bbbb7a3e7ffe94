import type { RegisteredFunction } from "./functions-core.ts";

export interface HttpFunction {
  name: string;
  binding: string;
  methods: Set<string>;
  pattern: RegExp;
  parameters: string[];
  registered: RegisteredFunction;
}

/**
 * The HTTP functions in the order in which the host tries them: sorted by name, without regard to case. The first
 * whose route and methods match is called, however specific the others are.
 * @throws Error for a route the host refuses
 */
export function httpFunctions(functions: RegisteredFunction[], routePrefix: string): HttpFunction[] {
  return functions
    .flatMap((registered) => {
      const [binding, trigger] =
        Object.entries(registered.metadata.bindings).find(([, { type }]) => type === "httpTrigger") ?? [];
      if (!binding || !trigger) return [];
      const { name } = registered.metadata;
      const route = `${routePrefix ? `${routePrefix}/` : ""}${trigger.route || name}`.replace(/\/$/, "");
      if (/^(admin|runtime)(\/|$)/i.test(route))
        throw new Error(`The route of function '${name}' starts with a reserved word: ${route}`);
      const methods = new Set((trigger.methods ?? ["GET", "POST"]).map((method) => method.toUpperCase()));
      return [{ name, binding, methods, registered, ...compile(route) }];
    })
    .sort((a, b) => compareNames(a.name.toLowerCase(), b.name.toLowerCase()));
}

const compareNames = (a: string, b: string) => (a === b ? 0 : a < b ? -1 : 1);

/**
 * A catch-all begins with a character that is no slash, or is not there at all; else segments are never empty.
 * @throws Error for what ASP.NET's templates can do and this host can't: defaults, constraints but `int`
 */
function compile(route: string): { pattern: RegExp; parameters: string[] } {
  const parameters: string[] = [];
  const segments = route.split("/").map((segment) => {
    const whole = /^\{(\*{0,2})(\w+)(\??)\}$/.exec(segment);
    if (whole && (whole[1] || whole[3])) {
      parameters.push(whole[2]!);
      return whole[1] ? "(?:/([^/].*)?)?" : "(?:/([^/]+))?";
    }
    const parts = segment.split(/(\{\w+(?::int)?\})/).map((part) => {
      const named = /^\{(\w+)(:int)?\}$/.exec(part);
      if (!named && /[{}]/.test(part)) throw new Error(`The embedded host does not know the route template ${route}`);
      if (!named) return part.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
      parameters.push(named[1]!);
      return named[2] ? "([+-]?\\d+)" : "([^/]+)";
    });
    return `/${parts.join("")}`;
  });
  const closing = /\{\*+\w+\}$/.test(route) ? "" : "/?";
  return { pattern: new RegExp(`^${segments.join("")}${closing}$`, "is"), parameters };
}

/** The function that answers, with its route's parameters; undefined where the host itself answers 404. */
export function matchFunction(
  functions: readonly HttpFunction[],
  method: string,
  path: string,
): { found: HttpFunction; params: Record<string, { value: string }> } | undefined {
  for (const found of functions) {
    if (!found.methods.has(method)) continue;
    const match = found.pattern.exec(path);
    if (!match) continue;
    const params: Record<string, { value: string }> = {};
    for (let index = 0; index < found.parameters.length; index++) {
      const value = match[index + 1];
      if (value !== undefined) params[found.parameters[index]!] = { value };
    }
    return { found, params };
  }
  return undefined;
}
