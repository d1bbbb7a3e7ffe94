/** Previews of what went into a trace and came out (mlflow/tracing/utils/truncation.py). */
import { firstCharacters } from "../../mlflow/rules.ts";
import { isObject, loads } from "./json-text.ts";

const maxPreview = 1000;

/**
 * The text of the last message of a role in a chat's JSON, or else the JSON itself, of at most 1,000 characters.
 * Undefined where stock fails on it.
 */
export function previewOf(json: string, role: "user" | "assistant"): string | undefined {
  const messages = messagesIn(loads(json));
  const content = messages.length > 0 ? contentOf(messages, role) : "";
  if (content !== undefined && content !== null && typeof content !== "string") return undefined;
  // Postgres stores no NUL.
  const text = (content || json).replaceAll("\0", "\ufffd");
  const cut = firstCharacters(text, maxPreview);
  return cut === text ? text : `${firstCharacters(text, maxPreview - 3)}...`;
}

type Message = Record<string, unknown>;

const isMessage = (item: unknown): item is Message => isObject(item) && "role" in item && "content" in item;

const isFilled = (value: unknown): value is unknown[] => Array.isArray(value) && value.length > 0;

/** Of OpenAI's chat completions and responses, requests and answers. */
function messagesIn(value: unknown): Message[] {
  if (!isObject(value)) return [];
  const { messages, choices, input, output } = value;
  if (isFilled(messages)) return messages.filter(isMessage);
  if (isFilled(choices) && isObject(choices[0]) && isMessage(choices[0].message)) return [choices[0].message];
  if (isFilled(input)) return input.filter(isMessage);
  if (isFilled(output)) return output.filter(isMessage);
  return "request" in value ? messagesIn(value.request) : [];
}

function contentOf(messages: Message[], role: string): unknown {
  const { content } = messages.findLast((message) => message.role === role) ?? messages.at(-1)!;
  if (!Array.isArray(content)) return typeof content === "string" ? content : "";
  const part = content.find((part) => typeof part === "string" || (isObject(part) && isText(part.type)));
  return isObject(part) ? part.text : (part ?? "");
}

const isText = (type: unknown) => type === "text" || type === "output_text";
