/** What is added to a span's attributes before it is stored (mlflow/tracing/otel/translation). */
import { attributes as names } from "./keys.ts";
import { objectIn } from "./python-json.ts";
import type { Span } from "./span.ts";

/**
 * Adds what the other attributes say in another dialect: the model that inputs or outputs name.
 * @param span whose attributes are added to
 */
export function enrich({ attributes }: Span): void {
  if (attributes.has(names.model)) return;
  for (const name of [names.inputs, names.outputs]) {
    const { model } = objectIn(attributes.get(name)) ?? {};
    if (!model) continue;
    if (typeof model === "string") attributes.set(names.model, JSON.stringify(model));
    return;
  }
}
