/** Spans out of the JSON that a server hands out for a trace, as rows. */
import { parseFloatText } from "../../../shared/mlflow/python-text.ts";
import { firstCharacters } from "../../../shared/mlflow/rules.ts";
import { Refusal } from "../../../shared/tools/refusal.ts";
import {
  type Lossless,
  type LosslessObject,
  NumberText,
  readLossless,
} from "../../../shared/traces/reading/lossless-json.ts";
import type { Row } from "../tables.ts";

/** @throws Refusal for what is no JSON of spans */
export function spanRows(text: string, trace: string, experiment: string): Row[] {
  try {
    const spans = objectIn(readLossless(text)).get("spans");
    return (Array.isArray(spans) ? spans : []).map((span) => spanRow(objectIn(span), trace, experiment));
  } catch (error) {
    throw new Refusal(`The spans of the trace '${trace}' can't be read: ${(error as Error).message}`);
  }
}

function spanRow(span: LosslessObject, trace: string, experiment: string): Row {
  const attributes = objectIn(span.get("attributes") ?? new Map());
  const status = objectIn(span.get("status") ?? new Map());
  const costs = jsonIn(attributes.get("mlflow.llm.cost"));
  const cost = (name: string) => (costs instanceof Map ? numberIn(costs.get(name)) : null);
  const dimension = (name: string) => {
    const value = jsonIn(attributes.get(name));
    return typeof value === "string" ? firstCharacters(value, 500) : null;
  };
  return {
    trace_id: trace,
    experiment_id: experiment,
    span_id: idIn(span.get("span_id")),
    parent_span_id: idIn(span.get("parent_span_id")),
    name: textIn(span.get("name")),
    type: textIn(jsonIn(attributes.get("mlflow.spanType"))),
    status: (textIn(status.get("code")) ?? "").replace(/^STATUS_CODE_/, "") || "UNSET",
    start_time_unix_nano: digitsIn(span.get("start_time_unix_nano")),
    end_time_unix_nano: digitsIn(span.get("end_time_unix_nano")),
    content: pythonText(span),
    input_cost: cost("input_cost"),
    output_cost: cost("output_cost"),
    total_cost: cost("total_cost"),
    model_name: dimension("mlflow.llm.model"),
    model_provider: dimension("mlflow.llm.provider"),
  };
}

function objectIn(value: Lossless): LosslessObject {
  if (value instanceof Map) return value;
  throw new SyntaxError("it has another form.");
}

const textIn = (value: Lossless | undefined) => (typeof value === "string" ? value : null);

const digitsIn = (value: Lossless | undefined) => (value instanceof NumberText ? value.text : textIn(value));

const numberIn = (value: Lossless | undefined) =>
  value instanceof NumberText ? (parseFloatText(value.text) ?? null) : null;

/** Ids are written in base64; the column has hex. */
function idIn(value: Lossless | undefined): string | null {
  const id = textIn(value);
  if (!id) return null;
  return /^[0-9a-f]{16}$/.test(id) ? id : Buffer.from(id, "base64").toString("hex");
}

/** An attribute is a JSON text. */
function jsonIn(value: Lossless | undefined): Lossless | undefined {
  if (typeof value !== "string") return undefined;
  try {
    return readLossless(value);
  } catch {
    return undefined;
  }
}

/** As Python writes JSON, without changing a number. */
function pythonText(value: Lossless): string {
  if (value instanceof NumberText) return value.text;
  if (Array.isArray(value)) return `[${value.map(pythonText).join(", ")}]`;
  if (value instanceof Map)
    return `{${Array.from(value, ([key, member]) => `${JSON.stringify(key)}: ${pythonText(member)}`).join(", ")}}`;
  return JSON.stringify(value);
}
