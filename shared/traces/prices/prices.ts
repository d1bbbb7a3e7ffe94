/**
 * What calls of models cost, from the catalogue that is installed with MLflow's page (mlflow/utils/providers.py and
 * mlflow/tracing/utils/__init__.py, calculate_cost_by_model_and_token_usage).
 */
import * as z from "zod";
import type { PythonDict, PythonValue } from "../../mlflow/python-json.ts";
import type { Cost, Price } from "../translate/translate.ts";

export const catalogueName = "prices.json";

/** US dollars per token. */
const Rates = z.object({
  input: z.number().optional(),
  output: z.number().optional(),
  cacheRead: z.number().optional(),
  cacheWrite: z.number().optional(),
  cacheWriteOneHour: z.number().optional(),
});
export type Rates = z.infer<typeof Rates>;

export const Catalogue = z.object({
  version: z.string(),
  providers: z.record(z.string(), z.record(z.string(), Rates)),
});

/** Of MLflow's package `version`; models by their providers. */
export type Catalogue = z.infer<typeof Catalogue>;

/** Prices by a catalogue. */
export function priceIn({ providers }: Catalogue): Price {
  const byProvider = new Map(
    Object.entries(providers).map(([name, models]) => [name, new Map(Object.entries(models))]),
  );
  const known = [...byProvider.keys()].sort();
  const ofAny = (model: string): Rates | undefined => {
    const found = known.flatMap((name) => byProvider.get(name)?.get(model) ?? []);
    return found.find(({ input }) => input) ?? found[0];
  };
  return (model, usage, provider) => {
    if (model.startsWith("gateway:/") || model.startsWith("endpoints:/")) return undefined;
    const ofDatabricks = /^databricks[-/]/.test(model);
    const name = ofDatabricks ? "databricks" : typeof provider === "string" ? provider.toLowerCase() : "";
    const bare = model.includes("/") ? model.slice(model.indexOf("/") + 1) : model;
    const counts = countsOf(usage);
    const rates = counts && (byProvider.get(name)?.get(bare) ?? ofAny(bare));
    return rates && costOf(rates, counts);
  };
}

interface Counts {
  input: number;
  output: number;
  cacheRead: number;
  cacheCreation: number;
  oneHour: number;
}

/** Undefined where nothing was used, or a count is no number. */
function countsOf(usage: PythonDict): Counts | undefined {
  const counts = {
    input: count(usage.get("input_tokens")),
    output: count(usage.get("output_tokens")),
    cacheRead: count(usage.get("cache_read_input_tokens")),
    cacheCreation: count(usage.get("cache_creation_input_tokens")),
    oneHour: count(usage.get("cache_creation_input_tokens_above_1hr")),
  };
  if (Object.values(counts).some(Number.isNaN)) return undefined;
  return counts.input === 0 && counts.output === 0 ? undefined : counts;
}

function count(value: PythonValue | undefined): number {
  if (value === undefined) return 0;
  if (typeof value === "bigint") return Number(value);
  return typeof value === "number" ? value : Number.NaN;
}

/** `input` counts cached tokens too, each at its own rate; those cached for an hour are a part of those cached. */
function costOf(rates: Rates, counts: Counts): Cost {
  const { input: rate = 0 } = rates;
  const { cacheRead, cacheCreation } = counts;
  const oneHour = Math.min(counts.oneHour, cacheCreation);
  const fiveMinutes = cacheCreation - oneHour;
  const { cacheRead: readRate = rate, cacheWrite: writeRate = rate } = rates;
  let input = Math.max(counts.input - cacheRead - cacheCreation, 0) * rate;
  if (cacheRead > 0) input += cacheRead * readRate;
  if (fiveMinutes > 0) input += fiveMinutes * writeRate;
  if (oneHour > 0) input += oneHour * (rates.cacheWriteOneHour ?? writeRate);
  return { input, output: counts.output * (rates.output ?? 0) };
}
