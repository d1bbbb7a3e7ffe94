import { describe, expect, it } from "vitest";
import { type PythonValue, parsePython } from "../../shared/mlflow/python-json.ts";
import { priceIn } from "../../shared/traces/prices/prices.ts";
import { dialects } from "../../shared/traces/translate/dialects.ts";
import { addCost, lacksCost, spanTypeOf, translate } from "../../shared/traces/translate/translate.ts";

const price = priceIn({
  version: "3.18.0",
  providers: {
    openai: { "gpt-4o": { input: 0.5, output: 2, cacheRead: 0.25 }, free: {} },
    anthropic: { claude: { input: 1, output: 4, cacheRead: 0.5, cacheWrite: 2, cacheWriteOneHour: 3 } },
    azure: { "gpt-4o": { input: 8, output: 8 } },
    databricks: { "databricks-claude": { input: 16 } },
  },
});

type Event = [name: string, attributes: Record<string, PythonValue>];

/** The attributes that translating adds. */
function added(attributes: Record<string, unknown>, ...events: Event[]): Record<string, unknown> {
  const texts = new Map(Object.entries(attributes).map(([key, value]) => [key, JSON.stringify(value)]));
  translate(
    texts,
    events.map(([name, values]) => ({ name, attributes: new Map(Object.entries(values)) })),
  );
  if (lacksCost(texts)) addCost(texts, price);
  const own = [...texts].filter(([key]) => !(key in attributes));
  return Object.fromEntries(own.map(([key, text]) => [key, key === "mlflow.message.format" ? text : JSON.parse(text)]));
}

const usage = (input: number, output: number) => ({
  "mlflow.chat.tokenUsage": { input_tokens: input, output_tokens: output, total_tokens: input + output },
});

describe("attributes of other instrumentations", () => {
  it.each<[string, Record<string, unknown>, Event[], Record<string, unknown>]>([
    [
      "OpenInference",
      { "openinference.span.kind": "RETRIEVER", "input.value": "q", "output.value": "a", "llm.provider": "openai" },
      [],
      {
        "mlflow.spanType": "RETRIEVER",
        "mlflow.spanInputs": "q",
        "mlflow.spanOutputs": "a",
        "mlflow.llm.provider": "openai",
      },
    ],
    [
      "Gemini CLI",
      { "gen_ai.agent.name": "gemini-cli", "gen_ai.operation.name": "llm_call", "gen_ai.input.messages": "hi" },
      [],
      {
        "mlflow.spanType": "LLM",
        "mlflow.spanInputs": { contents: "hi" },
        "mlflow.message.format": '"gemini"',
      },
    ],
    [
      "Claude Code",
      {
        "span.type": "claude_code.llm_request",
        new_context: "<REDACTED>",
        input_tokens: 3,
        output_tokens: "2",
        cache_read_tokens: 4,
      },
      [],
      {
        "mlflow.spanType": "LLM",
        "mlflow.chat.tokenUsage": { input_tokens: 7, output_tokens: 2, total_tokens: 9, cache_read_input_tokens: 4 },
      },
    ],
    [
      "a tool of Claude Code",
      { "span.type": "tool", file_path: "/a" },
      [["tool.output", { output: "<REDACTED>", diff: "+1" }]],
      { "mlflow.spanType": "TOOL", "mlflow.spanInputs": { file_path: "/a" }, "mlflow.spanOutputs": "+1" },
    ],
    [
      "GenAI's convention",
      {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.provider.name": "OpenAI",
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.tool.definitions": [{ name: "t" }],
      },
      [],
      {
        "mlflow.spanType": "CHAT_MODEL",
        ...usage(10, 5),
        "mlflow.chat.tools": [{ name: "t" }],
        "mlflow.llm.model": "gpt-4o",
        "mlflow.llm.provider": "OpenAI",
        "mlflow.llm.cost": { input_cost: 5, output_cost: 10, total_cost: 15 },
      },
    ],
    [
      "Spring AI",
      {},
      [
        ["gen_ai.content.prompt", { "gen_ai.prompt": '["q"]' }],
        ["gen_ai.content.completion", { "gen_ai.completion": '["a"]' }],
      ],
      { "mlflow.spanInputs": ["q"], "mlflow.spanOutputs": ["a"] },
    ],
    [
      "Traceloop",
      {
        "traceloop.span.kind": "workflow",
        "gen_ai.prompt.0.content": "q",
        "gen_ai.completion.0.content": "a",
        "llm.usage.total_tokens": 9,
      },
      [],
      {
        "mlflow.spanType": "WORKFLOW",
        "mlflow.spanInputs": "q",
        "mlflow.spanOutputs": "a",
        "mlflow.chat.tokenUsage": { total_tokens: 9 },
      },
    ],
    [
      "Google's ADK",
      { "gcp.vertex.agent.llm_request": { model: "free" }, "gcp.vertex.agent.tool_response": [1] },
      [],
      { "mlflow.spanInputs": { model: "free" }, "mlflow.spanOutputs": [1], "mlflow.llm.model": "free" },
    ],
    [
      "a chat of Vercel's AI SDK",
      { "ai.operationId": "ai.generateText.doGenerate", "ai.prompt.tools": ['{"name":"t"}'], "ai.response.text": "a" },
      [],
      {
        "mlflow.spanType": "LLM",
        "mlflow.message.format": "vercel_ai",
        "mlflow.spanInputs": { tools: [{ name: "t" }] },
        "mlflow.spanOutputs": { text: "a" },
      },
    ],
    [
      "VoltAgent",
      { "span.type": "memory", "entity.type": "agent", "voltagent.operation_id": "1", "usage.prompt_tokens": 1 },
      [],
      {
        "mlflow.spanType": "MEMORY",
        "mlflow.chat.tokenUsage": { input_tokens: 1 },
        "mlflow.message.format": '"voltagent"',
      },
    ],
    [
      "LiveKit",
      { "lk.agent_name": "a" },
      [
        ["gen_ai.user.message", { content: "hé" }],
        ["gen_ai.choice", { content: "yes", role: "bot" }],
      ],
      {
        "mlflow.spanType": "AGENT",
        "mlflow.spanInputs": [{ role: "user", content: "hé" }],
        "mlflow.spanOutputs": [{ role: "bot", content: "yes" }],
        "mlflow.message.format": '"livekit"',
      },
    ],
    [
      "Laminar",
      { "lmnr.span.type": "PIPELINE", "lmnr.span.input": "q", "gen_ai.system": "openai" },
      [],
      {
        "mlflow.spanType": "CHAIN",
        "mlflow.spanInputs": "q",
        "mlflow.message.format": '"openai"',
        "mlflow.llm.provider": "openai",
      },
    ],
    [
      "Langfuse",
      { "langfuse.observation.type": "guardrail", "langfuse.observation.output": { ok: true } },
      [],
      { "mlflow.spanType": "GUARDRAIL", "mlflow.spanOutputs": { ok: true } },
    ],
    ["nobody's", { a: 1, "span.type": ["tool"], "input.value": "" }, [], {}],
  ])("are MLflow's: %s", (_, attributes, events, expected) => {
    expect(added(attributes, ...events)).toEqual(expected);
  });

  it("leave MLflow's own as they are", () => {
    const own = { "mlflow.spanType": "TOOL", "mlflow.spanInputs": 1, "mlflow.chat.tokenUsage": { input_tokens: 1 } };
    expect(added({ ...own, "openinference.span.kind": "LLM", "input.value": "q" })).toEqual({});
    const unknown = new Map([
      ["mlflow.spanType", '"UNKNOWN"'],
      ["openinference.span.kind", '"LLM"'],
    ]);
    translate(unknown, []);
    expect(unknown.get("mlflow.spanType")).toBe('"LLM"');
    expect(spanTypeOf(unknown)).toBe("LLM");
  });
});

describe("the price of a call", () => {
  const cost = (model: string, tokens: string, provider?: string) =>
    price(model, parsePython(tokens) as Map<string, PythonValue>, provider);

  it.each([
    ["the provider's", "gpt-4o", '{"input_tokens": 2, "output_tokens": 1}', "azure", { input: 16, output: 8 }],
    ["any provider's, which has one", "gpt-4o", '{"input_tokens": 2}', undefined, { input: 16, output: 0 }],
    [
      "any provider's, where the named one has none",
      "x/claude",
      '{"output_tokens": 1}',
      "azure",
      { input: 0, output: 4 },
    ],
    ["nothing", "free", '{"input_tokens": 2}', "openai", { input: 0, output: 0 }],
    ["Databricks'", "databricks-claude", '{"input_tokens": 1}', "anthropic", { input: 16, output: 0 }],
    [
      "less for what the cache held",
      "claude",
      '{"input_tokens": 10, "cache_read_input_tokens": 2, "cache_creation_input_tokens": 4, "cache_creation_input_tokens_above_1hr": 1}',
      "anthropic",
      { input: 4 + 1 + 6 + 3, output: 0 },
    ],
  ])("is %s", (_, model, tokens, provider, expected) => {
    expect(cost(model, tokens, provider)).toEqual(expected);
  });

  it.each([
    ["unknown models", "none", '{"input_tokens": 2}'],
    ["endpoints", "gateway:/gpt-4o", '{"input_tokens": 2}'],
    ["no tokens", "gpt-4o", '{"input_tokens": 0, "output_tokens": 0}'],
    ["counts that are no numbers", "gpt-4o", '{"input_tokens": "2"}'],
    ["names of a prototype's", "constructor", '{"input_tokens": 2}'],
  ])("is not known of %s", (_, model, tokens) => {
    expect(cost(model, tokens)).toBeUndefined();
  });
});

describe("a dialect", () => {
  /** Notes which keys are asked for. */
  class Asked extends Map<string, string> {
    readonly keysAsked = new Set<string>();
    override get(key: string): string | undefined {
      this.keysAsked.add(key);
      return super.get(key);
    }
    override has(key: string): boolean {
      this.keysAsked.add(key);
      return super.has(key);
    }
  }

  it.each(dialects.map((dialect, index) => [index, dialect] as const))(
    "reads what it says: number %i",
    (_index, dialect) => {
      const asked = new Asked();
      const { reads, inputOfEvents, outputOfEvents, ...rules } = dialect;
      for (const rule of Object.values(rules)) rule(asked);
      for (const rule of [inputOfEvents, outputOfEvents]) rule?.([], asked);
      const beginnings = new Set(Array.from(asked.keysAsked, (key) => key.split(".")[0]!));
      expect(reads).toEqual(expect.arrayContaining([...beginnings]));
      expect(asked.keysAsked.size).toBeGreaterThan(0);
    },
  );
});
