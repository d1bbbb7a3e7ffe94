/** Attributes as they come on the wire. */

import { dumpPython, type PythonDict, type PythonValue } from "../../mlflow/python-json.ts";
import type { AnyValue, KeyValue } from "../otlp/generated/common_pb.ts";
import { loads, notJson } from "./json-text.ts";

/** A value as Python has it (mlflow/tracing/utils/otlp.py, _decode_otel_proto_anyvalue). */
function pythonValue(given: AnyValue | undefined): PythonValue {
  const held = given?.value;
  if (held?.case === undefined) return null;
  switch (held.case) {
    case "arrayValue":
      return held.value.values.map(pythonValue);
    case "kvlistValue":
      return dictOf(held.value.values);
    case "stringValueStrindex":
      return BigInt(held.value);
    default:
      return held.value;
  }
}

/** Of a key given twice the last value holds, in the place of the first. */
export const dictOf = (attributes: readonly KeyValue[]): PythonDict =>
  new Map(attributes.map(({ key, value }) => [key, pythonValue(value)]));

/**
 * An attribute of a span as it is stored: JSON text. A text that is a JSON object, list or text itself is taken for one
 * that the client has written as JSON, and kept as it is (mlflow/tracing/otel/translation, strip_otlp_double_encoding).
 */
export function attributeText(given: AnyValue | undefined): string {
  const held = given?.value;
  if (held?.case === "stringValue" && isEncoded(held.value)) return held.value;
  return dumpPython(pythonValue(given));
}

function isEncoded(text: string): boolean {
  if (!/^[ \t\n\r]*["[{]/.test(text)) return false;
  return loads(text) !== notJson;
}
