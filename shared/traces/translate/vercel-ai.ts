/** Spans of Vercel's AI SDK (mlflow/tracing/otel/translation/vercel_ai.py). */
import { dumpPythonAscii, type PythonValue } from "../../mlflow/python-json.ts";
import { type Attributes, type Dialect, firstOf, kindIn, unpacked } from "./dialect.ts";

const operation = "ai.operationId";

export const vercelAi: Dialect = {
  reads: ["ai"],
  spanType: kindIn(operation, {
    "ai.generateText": "LLM",
    "ai.generateText.doGenerate": "LLM",
    "ai.toolCall": "TOOL",
    "ai.streamText": "LLM",
    "ai.streamText.doStream": "LLM",
    "ai.generateObject": "LLM",
    "ai.generateObject.doGenerate": "LLM",
    "ai.streamObject": "LLM",
    "ai.streamObject.doStream": "LLM",
    "ai.embed": "EMBEDDING",
    "ai.embed.doEmbed": "EMBEDDING",
    "ai.embedMany": "EMBEDDING",
  }),
  input(attributes) {
    if (!isChat(attributes)) return plainInput(attributes);
    const parts = partsOf(attributes, "ai.prompt.");
    const tools = parts.get("tools");
    if (Array.isArray(tools))
      parts.set(
        "tools",
        tools.map((tool) => decoded(tool)),
      );
    return parts.size > 0 ? dumpPythonAscii(parts) : undefined;
  },
  output(attributes) {
    if (!isChat(attributes)) return plainOutput(attributes);
    const parts = partsOf(attributes, "ai.response.");
    return parts.size > 0 ? dumpPythonAscii(parts) : undefined;
  },
};

const plainInput = firstOf("ai.prompt", "ai.toolCall.args", "ai.value", "ai.values");
const plainOutput = firstOf(
  "ai.response.text",
  "ai.toolCall.result",
  "ai.response.object",
  "ai.embedding",
  "ai.embeddings",
);

/** Whether the span is one call of a chat model, whose messages lie in several attributes. */
export function isChat(attributes: Attributes): boolean {
  const text = attributes.get(operation);
  const kind = text === undefined ? undefined : decoded(text);
  return kind === "ai.generateText.doGenerate" || kind === "ai.streamText.doStream";
}

function partsOf(attributes: Attributes, prefix: string): Map<string, PythonValue> {
  const all = [...attributes].filter(([key]) => key.startsWith(prefix));
  return new Map(all.map(([key, text]) => [key.slice(prefix.length), decoded(text)]));
}

/** JSON inside of JSON texts, down to the third layer. */
function decoded(value: PythonValue, layers = 3): PythonValue {
  if (typeof value !== "string" || layers === 0) return value;
  const inner = unpacked(value);
  return inner === value ? value : decoded(inner, layers - 1);
}
