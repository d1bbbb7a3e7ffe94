/** OTLP's AnyValue and KeyValue as ProtoJSON text (mlflow/tracing/utils/otlp.py). */
import { type Lossless, type LosslessObject, NumberText } from "./lossless-json.ts";

/** A text as JSON. What has no UTF-8 form becomes a question mark, as in MLflow. */
export const jsonString = (text: string): string =>
  JSON.stringify(text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, "?"));

const bounds = [-(2n ** 63n), 2n ** 63n - 1n] as const;

function numberText(number: NumberText): string {
  const { text } = number;
  if (number.isWhole) {
    const whole = BigInt(text);
    if (whole >= bounds[0] && whole <= bounds[1]) return `{"int_value":${whole}}`;
  }
  return `{"double_value":${/[NI]/.test(text) ? `"${text}"` : text}}`;
}

/** The JSON text of a value; undefined for null, which AnyValue has no member for. */
function anyValueText(value: Lossless): string | undefined {
  if (value === null) return undefined;
  if (typeof value === "string") return `{"string_value":${jsonString(value)}}`;
  if (typeof value === "boolean") return `{"bool_value":${value}}`;
  if (value instanceof NumberText) return numberText(value);
  if (!Array.isArray(value)) {
    const members = keyValuesText(value);
    return members === "[]" ? '{"kvlist_value":{}}' : `{"kvlist_value":{"values":${members}}}`;
  }
  if (value.length === 0) return '{"array_value":{}}';
  return `{"array_value":{"values":[${value.map((item) => anyValueText(item) ?? "{}").join()}]}}`;
}

/** The JSON text of a list of keys and values. */
export const keyValuesText = (members: LosslessObject): string =>
  `[${[...members].map(([key, value]) => keyValueText(key, value)).join()}]`;

function keyValueText(key: string, value: Lossless): string {
  const text = anyValueText(value);
  return text === undefined ? `{"key":${jsonString(key)}}` : `{"key":${jsonString(key)},"value":${text}}`;
}
