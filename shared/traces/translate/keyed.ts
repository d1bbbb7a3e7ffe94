/** Dialects that are told by their attributes' names alone (mlflow/tracing/otel/translation/). */
import { type Dialect, firstOf, firstValueOf, kindIn, tokensIn } from "./dialect.ts";

export const openInference: Dialect = {
  reads: ["openinference", "llm", "input", "output", "embedding"],
  spanType: kindIn("openinference.span.kind", {
    TOOL: "TOOL",
    CHAIN: "CHAIN",
    LLM: "LLM",
    RETRIEVER: "RETRIEVER",
    EMBEDDING: "EMBEDDING",
    AGENT: "AGENT",
    RERANKER: "RERANKER",
    UNKNOWN: "UNKNOWN",
    GUARDRAIL: "GUARDRAIL",
    EVALUATOR: "EVALUATOR",
  }),
  tokens: tokensIn({
    input: "llm.token_count.prompt",
    output: "llm.token_count.completion",
    total: "llm.token_count.total",
    cacheRead: "llm.token_count.prompt_details.cache_read",
    cacheCreation: "llm.token_count.prompt_details.cache_write",
  }),
  input: firstOf("input.value"),
  output: firstOf("output.value"),
  model: firstValueOf("llm.response.model_name", "llm.model_name", "llm.request.model_name", "embedding.model_name"),
  provider: firstValueOf("llm.provider"),
};

export const traceloop: Dialect = {
  reads: ["traceloop", "gen_ai", "llm"],
  spanType: kindIn("traceloop.span.kind", {
    workflow: "WORKFLOW",
    task: "TASK",
    agent: "AGENT",
    tool: "TOOL",
    unknown: "UNKNOWN",
  }),
  tokens: tokensIn({
    input: "gen_ai.usage.prompt_tokens",
    output: "gen_ai.usage.completion_tokens",
    total: "llm.usage.total_tokens",
  }),
  input: firstOf(
    "traceloop.entity.input",
    /^gen_ai\.prompt\.\d+\.content/,
    /^gen_ai\.completion\.\d+\.tool_calls\.\d+\.arguments/,
  ),
  output: firstOf("traceloop.entity.output", /^gen_ai\.completion\.\d+\.content/),
  provider: firstValueOf("gen_ai.system"),
};

export const googleAdk: Dialect = {
  reads: ["gcp"],
  input: firstOf("gcp.vertex.agent.llm_request", "gcp.vertex.agent.tool_call_args"),
  output: firstOf("gcp.vertex.agent.llm_response", "gcp.vertex.agent.tool_response"),
};

// A child carries its agent's `entity.type` beside a `span.type` of its own.
const voltAgentKinds = ["span.type", "entity.type"].map((key) =>
  kindIn(key, { agent: "AGENT", llm: "LLM", tool: "TOOL", memory: "MEMORY" }),
);

export const voltAgent: Dialect = {
  reads: ["span", "entity", "usage", "llm", "agent", "input", "output", "voltagent"],
  spanType: (attributes) => voltAgentKinds.map((kind) => kind(attributes)).find((type) => type !== undefined),
  tokens: tokensIn({
    input: ["usage.prompt_tokens", "llm.usage.prompt_tokens"],
    output: ["usage.completion_tokens", "llm.usage.completion_tokens"],
    total: ["usage.total_tokens", "llm.usage.total_tokens"],
  }),
  input: firstOf("agent.messages", "llm.messages", "input"),
  output: firstOf("output"),
  messageFormat: (attributes) =>
    attributes.has("voltagent.operation_id") || attributes.has("voltagent.conversation_id") ? "voltagent" : undefined,
};

export const laminar: Dialect = {
  reads: ["lmnr", "gen_ai"],
  spanType: kindIn("lmnr.span.type", {
    LLM: "LLM",
    TOOL: "TOOL",
    DEFAULT: "CHAIN",
    PIPELINE: "CHAIN",
    EXECUTOR: "AGENT",
    EVALUATOR: "EVALUATOR",
    HUMAN_EVALUATOR: "EVALUATOR",
    EVALUATION: "EVALUATOR",
    CACHED: "LLM",
  }),
  tokens: tokensIn({ input: "gen_ai.usage.input_tokens", output: "gen_ai.usage.output_tokens" }),
  input: firstOf("lmnr.span.input"),
  output: firstOf("lmnr.span.output"),
  model: firstValueOf("gen_ai.response.model", "gen_ai.request.model"),
  provider: firstValueOf("gen_ai.system"),
  messageFormat: (attributes) => (attributes.has("lmnr.span.type") ? "openai" : undefined),
};

export const langfuse: Dialect = {
  reads: ["langfuse"],
  spanType: kindIn("langfuse.observation.type", {
    generation: "LLM",
    embedding: "EMBEDDING",
    tool: "TOOL",
    retriever: "RETRIEVER",
    agent: "AGENT",
    chain: "CHAIN",
    evaluator: "EVALUATOR",
    guardrail: "GUARDRAIL",
    span: "UNKNOWN",
  }),
  input: firstOf("langfuse.observation.input"),
  output: firstOf("langfuse.observation.output"),
};
