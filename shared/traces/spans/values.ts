import { dumpPython, type PythonValue } from "../../mlflow/python-json.ts";
import { loads, notJson } from "./json-text.ts";

/**
 * An attribute of a span as it is stored: JSON text. A text that is a JSON object, list or text itself is taken for one
 * that the client has written as JSON, and kept as it is (mlflow/tracing/otel/translation, strip_otlp_double_encoding).
 */
export const attributeText = (value: PythonValue): string =>
  typeof value === "string" && isEncoded(value) ? value : dumpPython(value);

function isEncoded(text: string): boolean {
  if (!/^[ \t\n\r]*["[{]/.test(text)) return false;
  return loads(text) !== notJson;
}
