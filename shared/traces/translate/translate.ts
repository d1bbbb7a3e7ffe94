/**
 * Attributes of other instrumentations as MLflow's own, before a span is stored
 * (mlflow/tracing/otel/translation/__init__.py, translate_span_when_storing).
 */
import { dumpPython, isTruthy, type PythonDict, type PythonValue } from "../../mlflow/python-json.ts";
import { type Attributes, type Dialect, decodedAt, type SpanEvent, type Tokens } from "./dialect.ts";
import { dialects, dialectsOfEvents, isForeign } from "./dialects.ts";
import { isChat, vercelAi } from "./vercel-ai.ts";

const key = {
  type: "mlflow.spanType",
  inputs: "mlflow.spanInputs",
  outputs: "mlflow.spanOutputs",
  usage: "mlflow.chat.tokenUsage",
  format: "mlflow.message.format",
  tools: "mlflow.chat.tools",
  model: "mlflow.llm.model",
  provider: "mlflow.llm.provider",
  cost: "mlflow.llm.cost",
};

/** US dollars. */
export interface Cost {
  input: number;
  output: number;
}

/** Answers undefined for a model that has no price. */
export type Price = (model: string, usage: PythonDict, provider: PythonValue | undefined) => Cost | undefined;

/**
 * Adds MLflow's attributes to a span's own, as far as another dialect says what they are. What is there already stays.
 * Attributes are JSON texts by their keys, events' attributes plain values.
 */
export function translate(attributes: Map<string, string>, events: readonly SpanEvent[]): void {
  if (events.length > 0 || isForeign(attributes)) translateForeign(attributes, events);
  else add(attributes, key.model, () => dumped(modelInside(attributes)));
}

function translateForeign(attributes: Map<string, string>, events: readonly SpanEvent[]): void {
  addType(attributes);
  if (!attributes.has(key.inputs) && isMarkedAsVercelChat(attributes)) attributes.set(key.format, "vercel_ai");
  add(
    attributes,
    key.inputs,
    () => first((one) => one.input?.(attributes)) ?? ofEvents((one) => one.inputOfEvents, attributes, events),
  );
  add(
    attributes,
    key.outputs,
    () => first((one) => one.output?.(attributes)) ?? ofEvents((one) => one.outputOfEvents, attributes, events),
  );
  add(attributes, key.usage, () => usageText(attributes));
  add(attributes, key.format, () => dumped(first((one) => one.messageFormat?.(attributes))));
  add(attributes, key.tools, () => first((one) => one.tools?.(attributes)));
  add(attributes, key.model, () => dumped(modelOf(attributes)));
  add(attributes, key.provider, () => dumped(first((one) => one.provider?.(attributes))));
}

function add(attributes: Map<string, string>, name: string, text: () => string | undefined): void {
  const found = attributes.has(name) ? undefined : text();
  if (found) attributes.set(name, found);
}

/** Whether a span has a model and usage, but no cost. An agent's usage is that of its calls, which have their own. */
export const lacksCost = (attributes: Attributes): boolean =>
  attributes.has(key.usage) &&
  attributes.has(key.model) &&
  !attributes.has(key.cost) &&
  decodedAt(attributes, key.type) !== "AGENT";

/** Adds what the usage costs, where the model has a price. */
export function addCost(attributes: Map<string, string>, price: Price): void {
  const text = costText(attributes, price);
  if (text !== undefined) attributes.set(key.cost, text);
}

/** MLflow's type of a span that has none of its own. */
export const spanTypeOf = (attributes: Attributes): string | undefined => first((one) => one.spanType?.(attributes));

function addType(attributes: Map<string, string>): void {
  const own = decodedAt(attributes, key.type);
  if (own !== undefined && own !== null && own !== "UNKNOWN") return;
  const type = spanTypeOf(attributes);
  if (type) attributes.set(key.type, JSON.stringify(type));
}

function first<T>(ask: (dialect: Dialect) => T | undefined): T | undefined {
  for (const dialect of dialects) {
    const answer = ask(dialect);
    if (answer) return answer;
  }
  return undefined;
}

const dumped = (value: PythonValue | undefined) => (value ? dumpPython(value) : undefined);

/** Whether an input is looked for in a chat of Vercel's. The mark has no quotes, unlike all other attributes. */
const isMarkedAsVercelChat = (attributes: Attributes): boolean =>
  isChat(attributes) && dialects.slice(0, dialects.indexOf(vercelAi)).every((one) => !one.input?.(attributes));

function ofEvents(
  rule: (dialect: Dialect) => Dialect["inputOfEvents"],
  attributes: Attributes,
  events: readonly SpanEvent[],
): string | undefined {
  for (const dialect of dialectsOfEvents) {
    const answer = rule(dialect)?.(events, attributes);
    if (answer) return answer;
  }
  return undefined;
}

const usageKeys: [keyof Tokens, string][] = [
  ["input", "input_tokens"],
  ["output", "output_tokens"],
  ["total", "total_tokens"],
  ["cacheRead", "cache_read_input_tokens"],
  ["cacheCreation", "cache_creation_input_tokens"],
];

function usageText(attributes: Attributes): string | undefined {
  for (const dialect of dialects) {
    const tokens = dialect.tokens?.(attributes) ?? {};
    const { input, output } = tokens;
    if (input !== undefined && output !== undefined) tokens.total ??= input + output;
    if (input === undefined && output === undefined && tokens.total === undefined) continue;
    const counts = usageKeys.flatMap(([count, name]): [string, PythonValue][] => {
      const value = tokens[count];
      return value === undefined ? [] : [[name, value]];
    });
    return dumpPython(new Map(counts));
  }
  return undefined;
}

const modelOf = (attributes: Attributes): PythonValue | undefined =>
  first((one) => one.model?.(attributes)) || modelInside(attributes);

// A key may also be written in escapes.
const mayNameModel = /"model"|\\u/;

/** The field `model` of the inputs, else that of the outputs. */
function modelInside(attributes: Attributes): string | undefined {
  for (const part of [key.inputs, key.outputs]) {
    if (!mayNameModel.test(attributes.get(part) ?? "")) continue;
    const value = decodedAt(attributes, part);
    const model = value instanceof Map ? value.get("model") : undefined;
    if (isTruthy(model)) return typeof model === "string" ? model : undefined;
  }
  return undefined;
}

function costText(attributes: Attributes, price: Price): string | undefined {
  const [usage, model] = [decodedAt(attributes, key.usage), decodedAt(attributes, key.model)];
  if (!(usage instanceof Map) || typeof model !== "string") return undefined;
  const cost = price(model, usage, decodedAt(attributes, key.provider));
  if (!cost) return undefined;
  const { input, output } = cost;
  const amounts = { input_cost: input, output_cost: output, total_cost: input + output };
  return dumpPython(new Map(Object.entries(amounts).map(([name, amount]) => [name, amount])));
}
