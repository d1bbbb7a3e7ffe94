import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PythonValue, parsePython } from "../../shared/mlflow/python-json.ts";
import { keepPrices } from "../../shared/tools/prices.ts";
import { type Catalogue, catalogueName, priceIn } from "../../shared/traces/prices/prices.ts";
import { addCost, lacksCost, translate } from "../../shared/traces/translate/translate.ts";
import { quiet } from "./python.ts";
import { venv } from "./venv.ts";

interface Case {
  attributes: [string, string][];
  events: [string, Record<string, unknown>][];
}

// All names that any dialect reads, and some of MLflow's own.
const keys = `
openinference.span.kind llm.token_count.prompt llm.token_count.completion llm.token_count.total input.value output.value
llm.token_count.prompt_details.cache_read llm.token_count.prompt_details.cache_write llm.response.model_name
llm.model_name llm.request.model_name embedding.model_name llm.provider gen_ai.operation.name gen_ai.agent.name
gen_ai.usage.input_tokens gen_ai.usage.output_tokens gen_ai.usage.cache_read.input_tokens
gen_ai.usage.cache_write.input_tokens gen_ai.usage.cache_creation.input_tokens gen_ai.input.messages
gen_ai.tool.call.arguments gen_ai.output.messages gen_ai.tool.call.result gen_ai.response.model gen_ai.request.model
gen_ai.provider.name gen_ai.tool.definitions span.type input_tokens output_tokens cache_read_tokens
cache_creation_tokens user_prompt new_context tool_input full_command file_path response.model_output
traceloop.span.kind gen_ai.usage.prompt_tokens gen_ai.usage.completion_tokens llm.usage.total_tokens
traceloop.entity.input gen_ai.prompt.0.content gen_ai.prompt.12.content.x gen_ai.completion.0.content
gen_ai.completion.1.tool_calls.0.arguments gen_ai.system traceloop.entity.output gcp.vertex.agent.llm_request
gcp.vertex.agent.tool_response ai.operationId ai.prompt ai.prompt.messages ai.prompt.tools ai.response.text ai.value
ai.response.object ai.toolCall.args agent.messages llm.messages input output entity.type voltagent.operation_id
usage.prompt_tokens llm.usage.prompt_tokens usage.total_tokens lk.user_input lk.chat_ctx lk.response.text lk.agent_name
lk.retry_count lk.function_tool.x lk.tts lk.user_transcript lmnr.span.type lmnr.span.input langfuse.observation.type
langfuse.observation.output mlflow.spanType mlflow.spanInputs mlflow.spanOutputs mlflow.chat.tokenUsage
mlflow.message.format mlflow.llm.model mlflow.llm.provider mlflow.llm.cost mlflow.chat.tools other
`
  .trim()
  .split(/\s+/);

const values: unknown[] = [
  ...["chat", "LLM", "TOOL", "tool", "agent", "llm_call", "claude_code.tool", "llm_request", "interaction", "workflow"],
  ...["ai.generateText.doGenerate", "ai.embed", "generation", "PIPELINE", "gemini-cli", "UNKNOWN", "AGENT", "Chat"],
  ...["gpt-4o", "openai/gpt-4o-mini", "claude-sonnet-4-20250514", "databricks-claude-sonnet-4", "OpenAI", "anthropic"],
  ...["gateway:/x", "<REDACTED>", "", "26", "x", "hé😀", '{"a": 1.0, "model": "gpt-4o"}', '"q"', "[]", "null", "1e5"],
  ...[0, 1, 26, 100_000, 1.5, true, false, null, [], {}, [1, "a"], { model: "gpt-4o" }, { contents: [] }],
  ...[[{ role: "user", parts: ["p"] }], [{ parts: [] }], { candidates: 1 }, ['{"name": "t"}', "x"]],
  ...[{ input_tokens: 5, output_tokens: 7 }, { input_tokens: 1.5 }, { input_tokens: "5" }, { total_cost: 1 }],
  { input_tokens: 9, output_tokens: 1, cache_read_input_tokens: 2, cache_creation_input_tokens: 3 },
];
// Stock takes true for a count of 1, and fails on a list where it looks up a kind.
const counts = /tokens$|token_count/;
const kinds = /kind$|operation|\.type$|agent\.name$/;
const texts = values.filter((value) => typeof value === "string");
const valuesOf = (key: string) => {
  if (kinds.test(key)) return texts;
  return counts.test(key) ? values.filter((value) => typeof value !== "boolean") : values;
};

const eventNames = [
  "gen_ai.content.prompt",
  "gen_ai.content.completion",
  "gen_ai.system.message",
  "gen_ai.user.message",
];
const events = [...eventNames, "gen_ai.assistant.message", "gen_ai.choice", "tool.output", "other"];
const eventKeys = ["gen_ai.prompt", "gen_ai.completion", "content", "role", "output", "diff"];

/** Park and Miller's numbers, so that each run has the same cases. */
function cases(count: number): Case[] {
  let state = 42;
  const below = (limit: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % limit;
  };
  const one = <T>(from: readonly T[]): T => from[below(from.length)] as T;
  const some = <T>(most: number, make: () => T): T[] => Array.from({ length: below(most + 1) }, make);
  return Array.from({ length: count }, () => {
    const attributes = new Map(
      some(9, () => {
        const key = one(keys);
        return [key, JSON.stringify(one(valuesOf(key)))];
      }),
    );
    return {
      attributes: [...attributes],
      events: some(2, () => [one(events), Object.fromEntries(some(3, () => [one(eventKeys), one(texts)]))]),
    };
  });
}

const all = cases(6000);
let stock: (Case["attributes"] | null)[];
let catalogue: Catalogue;
let folder: string;
beforeAll(async () => {
  const home = await venv("3.18.0");
  const ask = { input: JSON.stringify(all), encoding: "utf8", maxBuffer: 2 ** 27, timeout: 300_000 } as const;
  const script = join(import.meta.dirname, "translate.py");
  const answer = spawnSync(join(home, "bin/python"), [script], { ...ask, env: { ...process.env, ...quiet } });
  expect(answer.status, answer.stderr).toBe(0);
  stock = JSON.parse(answer.stdout);
  folder = await mkdtemp(join(tmpdir(), "prices-"));
  await keepPrices(join(home, "lib/python3.11/site-packages/mlflow/server/js/build"), "3.18.0", folder);
  catalogue = JSON.parse(await readFile(join(folder, catalogueName), "utf8"));
}, 360_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const plain = (value: unknown): PythonValue => parsePython(JSON.stringify(value)) ?? null;

describe("attributes that stock MLflow translates", () => {
  it("are translated alike, priced too", () => {
    const price = priceIn(catalogue);
    let same = 0;
    all.forEach((one, index) => {
      const expected = stock[index];
      const attributes = new Map(one.attributes);
      const told = one.events.map(([name, own]) => ({
        name,
        attributes: new Map(Object.entries(own).map(([key, value]) => [key, plain(value)])),
      }));
      translate(attributes, told);
      if (lacksCost(attributes)) addCost(attributes, price);
      if (!expected) return;
      expect([...attributes], JSON.stringify(one)).toEqual(expected);
      same++;
    });
    expect(same).toBeGreaterThan(5500);
  });
});
