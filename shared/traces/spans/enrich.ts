/** What is added to spans' attributes before they are stored (mlflow/tracing/otel/translation). */
import { causeOf, onceAMinute } from "../../platform/once-a-minute.ts";
import { installedPrices } from "../prices/installed.ts";
import { addCost, lacksCost, translate } from "../translate/translate.ts";
import type { Span } from "./span.ts";

/** Adds what the attributes say in another dialect, and what calls of models cost: the first loads the prices. */
export async function enrich(spans: readonly Span[]): Promise<void> {
  for (const { attributes, events } of spans) translate(attributes, events);
  const calls = spans.filter(({ attributes }) => lacksCost(attributes));
  if (calls.length === 0) return;
  const price = await installedPrices().catch((error: unknown) => {
    onceAMinute(
      `Spans get no costs: the prices of models can't be read (${causeOf(error)}); npm run ui fetches them.`,
      console.warn,
    );
  });
  if (price) for (const { attributes } of calls) addCost(attributes, price);
}
