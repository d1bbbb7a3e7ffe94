/** OpenTelemetry's own names for GenAI, and the dialects that build on them (genai_semconv.py, spring_ai.py, ...). */
import { dumpPython, dumpPythonAscii, isTruthy, type PythonValue, parsePython } from "../../mlflow/python-json.ts";
import {
  type Attributes,
  type Dialect,
  decodedAt,
  firstOf,
  firstValueOf,
  kindIn,
  type SpanEvent,
  tokensIn,
  unpacked,
} from "./dialect.ts";

const operation = "gen_ai.operation.name";

const types = {
  chat: "CHAT_MODEL",
  create_agent: "AGENT",
  embeddings: "EMBEDDING",
  execute_tool: "TOOL",
  generate_content: "LLM",
  invoke_agent: "AGENT",
  text_completion: "LLM",
  response: "LLM",
};

/** What the dialects below have in common with the convention. */
const named = {
  reads: ["gen_ai"],
  tokens: tokensIn({
    input: "gen_ai.usage.input_tokens",
    output: "gen_ai.usage.output_tokens",
    cacheRead: "gen_ai.usage.cache_read.input_tokens",
    // The second is an older registry's name.
    cacheCreation: ["gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens"],
  }),
  tools: firstOf("gen_ai.tool.definitions"),
  model: firstValueOf("gen_ai.response.model", "gen_ai.request.model"),
  provider: firstValueOf("gen_ai.provider.name"),
} satisfies Dialect;

export const genAi = {
  ...named,
  spanType: kindIn(operation, types),
  input: firstOf("gen_ai.input.messages", "gen_ai.tool.call.arguments"),
  output: firstOf("gen_ai.output.messages", "gen_ai.tool.call.result"),
} satisfies Dialect;

/** Its own kinds of operation; messages are wrapped as the page's view of Gemini chats expects them. */
export const geminiCli: Dialect = {
  ...named,
  spanType: onlyGeminiCli(kindIn(operation, { llm_call: "LLM", tool_call: "TOOL", agent_call: "AGENT" })),
  messageFormat: onlyGeminiCli(() => "gemini"),
  input: onlyGeminiCli((attributes) => wrapped(genAi.input(attributes), "contents", (value) => value)),
  output: onlyGeminiCli((attributes) => wrapped(genAi.output(attributes), "candidates", candidates)),
};

function onlyGeminiCli(rule: (attributes: Attributes) => string | undefined) {
  return (attributes: Attributes) =>
    decodedAt(attributes, "gen_ai.agent.name") === "gemini-cli" ? rule(attributes) : undefined;
}

function wrapped(text: string | undefined, key: string, inside: (value: PythonValue) => PythonValue | undefined) {
  const value = text === undefined ? undefined : parsePython(text);
  if (!(Array.isArray(value) || (key === "contents" && typeof value === "string"))) return text;
  const content = inside(value);
  return content === undefined ? text : dumpPythonAscii(new Map([[key, content]]));
}

/** One candidate of all parts: a content comes for each piece of a stream. */
function candidates(contents: PythonValue): PythonValue | undefined {
  if (!Array.isArray(contents)) return undefined;
  const parts = contents.flatMap((item) => {
    const own = item instanceof Map ? item.get("parts") : undefined;
    return Array.isArray(own) ? own : [];
  });
  if (parts.length === 0) return undefined;
  const content: PythonValue = new Map<string, PythonValue>([
    ["role", "model"],
    ["parts", parts],
  ]);
  return [new Map([["content", content]])];
}

/** Prompts and completions are events. */
export const springAi: Dialect = {
  reads: ["gen_ai"],
  spanType: kindIn(operation, { chat: "CHAT_MODEL", embeddings: "EMBEDDING" }),
  tokens: tokensIn({ input: "gen_ai.usage.input_tokens", output: "gen_ai.usage.output_tokens" }),
  inputOfEvents: (events) => textOfEvent(events, "gen_ai.content.prompt", "gen_ai.prompt"),
  outputOfEvents: (events) => textOfEvent(events, "gen_ai.content.completion", "gen_ai.completion"),
};

function textOfEvent(events: readonly SpanEvent[], name: string, key: string): string | undefined {
  const values = events.filter((event) => event.name === name).map(({ attributes }) => attributes.get(key));
  const value = values.find(isTruthy);
  if (value === undefined) return undefined;
  return typeof value === "string" ? value : dumpPython(value);
}

export const liveKit: Dialect = {
  ...named,
  reads: ["gen_ai", "lk"],
  spanType: liveKitType,
  input: firstOf("lk.user_input", "lk.user_transcript", "lk.chat_ctx", "lk.input_text"),
  output: firstOf("lk.response.text", "lk.response.function_calls"),
  messageFormat: (attributes) => ([...attributes.keys()].some((key) => key.startsWith("lk.")) ? "livekit" : undefined),
  inputOfEvents: (events) =>
    messagesOf(events, {
      "gen_ai.system.message": () => "system",
      "gen_ai.user.message": () => "user",
      "gen_ai.assistant.message": () => "assistant",
    }),
  outputOfEvents: (events) =>
    messagesOf(events, { "gen_ai.choice": ({ attributes }) => unpacked(attributes.get("role") ?? "assistant") }),
};

function liveKitType(attributes: Attributes): string | undefined {
  if (attributes.has("gen_ai.request.model")) return "LLM";
  const kind = decodedAt(attributes, operation);
  const known: Record<string, string> = types;
  if (typeof kind === "string" && Object.hasOwn(known, kind.toLowerCase())) return known[kind.toLowerCase()];
  for (const key of attributes.keys()) {
    if (key === "lk.retry_count") return "LLM";
    if (key.startsWith("lk.function_tool")) return "TOOL";
    if (["lk.agent_name", "lk.instructions", "lk.generation_id"].includes(key)) return "AGENT";
    if (key.startsWith("lk.tts") || key === "lk.input_text") return "UNKNOWN";
    if (["lk.user_transcript", "lk.transcript_confidence", "lk.transcription_delay"].includes(key)) return "UNKNOWN";
  }
  return undefined;
}

function messagesOf(
  events: readonly SpanEvent[],
  roles: Record<string, (event: SpanEvent) => PythonValue>,
): string | undefined {
  const messages = events.flatMap((event): PythonValue[] => {
    const role = Object.hasOwn(roles, event.name) ? roles[event.name]?.(event) : undefined;
    const content = event.attributes.get("content");
    if (role === undefined || content === undefined || !isTruthy(content)) return [];
    return [
      new Map<string, PythonValue>([
        ["role", role],
        ["content", unpacked(content)],
      ]),
    ];
  });
  return messages.length > 0 ? dumpPythonAscii(messages) : undefined;
}
