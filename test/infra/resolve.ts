/**
 * `bicep snapshot` leaves expressions where something is known only on Azure. These are worked out as far as tests need
 * them: the cloud is the public one, and what a module or a resource answers later becomes `<module.output>`.
 */
const cloud: [string, string][] = [
  ["environment().suffixes.storage", "'core.windows.net'"],
  ["environment().authentication.loginEndpoint", "'https://login.microsoftonline.com/'"],
];

const call = /\b(format|resourceId|extensionResourceId|guid)\(((?:'[^']*'(?:, )?)*)\)/g;

/** Resolves all expressions in a value, however deep, also in the names of properties. */
export function resolve(value: unknown): unknown {
  if (typeof value === "string") return resolved(value);
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [resolved(name), resolve(each)]));
}

function resolved(text: string): string {
  if (!text.startsWith("[") || text.startsWith("[[") || !text.endsWith("]")) return text;
  let expression = withoutReferences(cloud.reduce((all, [from, to]) => all.replaceAll(from, to), text.slice(1, -1)));
  for (let before = ""; before !== expression; ) {
    before = expression;
    expression = expression.replace(call, (_, name, given) => `'${called(name, argumentsOf(given))}'`);
  }
  return /^'[^']*'$/.test(expression) ? expression.slice(1, -1) : text;
}

const argumentsOf = (given: string) => [...given.matchAll(/'([^']*)'/g)].map(([, each]) => each!);

function called(name: string, [first = "", ...rest]: string[]): string {
  if (name === "format") return first.replace(/\{(\d+)\}/g, (_, at) => rest[Number(at)]!);
  if (name === "guid") return "<guid>";
  if (name === "extensionResourceId") return `${first}/providers/${rest.join("/")}`;
  const [group, type, ...names] = rest;
  const [provider, ...kinds] = type!.split("/");
  const path = kinds.map((kind, at) => `${kind}/${names[at]}`).join("/");
  return `/subscriptions/${first}/resourceGroups/${group}/providers/${provider}/${path}`;
}

function withoutReferences(expression: string): string {
  const start = expression.indexOf("reference(");
  if (start < 0) return expression;
  const end = closing(expression, start + "reference".length);
  const [whole, output, property] = /^\.(?:outputs\.(\w+)\.value|(\w+))/.exec(expression.slice(end + 1)) ?? [""];
  const [, module = "resource"] = /format\('(\w+)-\{0\}'/.exec(expression.slice(start, end)) ?? [];
  const after = expression.slice(end + 1 + whole.length);
  return withoutReferences(`${expression.slice(0, start)}'<${module}.${output ?? property}>'${after}`);
}

function closing(text: string, opening: number): number {
  let depth = 0;
  for (let at = opening; at < text.length; at++) {
    if (text[at] === "(") depth++;
    if (text[at] === ")" && --depth === 0) return at;
  }
  throw new Error(`no closing parenthesis: ${text}`);
}
