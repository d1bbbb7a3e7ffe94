/** Spans of Claude Code and the Claude Agent SDK (mlflow/tracing/otel/translation/claude_code.py). */
import { dumpPython, dumpPythonAscii, isTruthy, type PythonValue, parsePython } from "../../mlflow/python-json.ts";
import { parseInteger } from "../../mlflow/python-text.ts";
import { type Attributes, type Dialect, decodedAt, filled, type SpanEvent, type Tokens, unpacked } from "./dialect.ts";

type Kind = "interaction" | "llm_request" | "tool";
const types: Record<Kind, string> = { interaction: "AGENT", llm_request: "LLM", tool: "TOOL" };
// What stands where the user has not agreed to send contents.
const redacted = "<REDACTED>";

export const claudeCode: Dialect = {
  // Without it, nothing else is read.
  reads: ["span"],
  spanType(attributes) {
    const kind = kindOf(attributes);
    return kind && types[kind];
  },
  tokens: (attributes) => (kindOf(attributes) === "llm_request" ? tokens(attributes) : {}),
  input,
  output(attributes) {
    const kind = kindOf(attributes);
    if (kind === "llm_request") return content(attributes, "response.model_output");
    return kind === "tool" ? content(attributes, "new_context") : undefined;
  },
  outputOfEvents: (events, attributes) => (kindOf(attributes) === "tool" ? outputOfTool(events) : undefined),
};

/** Some versions leave out the prefix. */
function kindOf(attributes: Attributes): Kind | undefined {
  const value = decodedAt(attributes, "span.type");
  if (typeof value !== "string") return undefined;
  const kind = value.startsWith("claude_code.") ? value.slice("claude_code.".length) : value;
  return kind in types && Object.hasOwn(types, kind) ? (kind as Kind) : undefined;
}

function content(attributes: Attributes, key: string): string | undefined {
  const text = filled(attributes, key);
  return text === undefined || parsePython(text) === redacted ? undefined : text;
}

/** Claude counts what its cache held apart from the input. */
function tokens(attributes: Attributes): Tokens {
  const input = count(attributes, "input_tokens");
  const output = count(attributes, "output_tokens");
  const cacheRead = count(attributes, "cache_read_tokens");
  const cacheCreation = count(attributes, "cache_creation_tokens");
  return {
    ...(input !== undefined && { input: input + (cacheRead ?? 0n) + (cacheCreation ?? 0n) }),
    ...(output !== undefined && { output }),
    ...(cacheRead !== undefined && { cacheRead }),
    ...(cacheCreation !== undefined && { cacheCreation }),
  };
}

function count(attributes: Attributes, key: string): bigint | undefined {
  const value = decodedAt(attributes, key);
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isFinite(value) ? BigInt(Math.trunc(value)) : undefined;
  return typeof value === "string" ? parseInteger(value) : undefined;
}

function input(attributes: Attributes): string | undefined {
  switch (kindOf(attributes)) {
    case "interaction":
      return content(attributes, "user_prompt") ?? content(attributes, "new_context");
    case "llm_request":
      return content(attributes, "new_context");
    case "tool":
      return content(attributes, "tool_input") ?? details(attributes);
    default:
      return undefined;
  }
}

function details(attributes: Attributes): string | undefined {
  const known = new Map<string, PythonValue>();
  for (const key of ["full_command", "file_path", "skill_name", "subagent_type"]) {
    const text = content(attributes, key);
    if (text !== undefined) known.set(key, unpacked(text));
  }
  return known.size > 0 ? dumpPythonAscii(known) : undefined;
}

function outputOfTool(events: readonly SpanEvent[]): string | undefined {
  for (const event of events.filter(({ name }) => name === "tool.output")) {
    for (const key of ["output", "content", "diff"]) {
      const sent = event.attributes.get(key);
      const value = sent === undefined ? undefined : unpacked(sent);
      if (value !== undefined && isTruthy(value) && value !== redacted) return dumpPython(value);
    }
  }
  return undefined;
}
