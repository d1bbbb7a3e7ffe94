/** The prices of models as the `mlflow` package has them, in one small file beside its page. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { type Catalogue, catalogueName, type Rates } from "../traces/prices/prices.ts";

const perMillion = z.number().nullish();

const Listed = z.object({
  models: z.record(
    z.string(),
    z.object({
      pricing: z
        .object({
          input_per_million_tokens: perMillion,
          output_per_million_tokens: perMillion,
          cache_read_per_million_tokens: perMillion,
          cache_write_per_million_tokens: perMillion,
          cache_write_1hr_per_million_tokens: perMillion,
        })
        .nullish(),
    }),
  ),
});

/** Writes the catalogue of the package whose page lies in `build` into `folder`: an empty one where it has none. */
export async function keepPrices(build: string, version: string, folder: string): Promise<void> {
  const source = join(build, "../../../utils/model_catalog");
  const names = (await readdir(source).catch(() => [])).filter((name) => name.endsWith(".json"));
  const providers: Catalogue["providers"] = {};
  for (const name of names) {
    const { models } = Listed.parse(JSON.parse(await readFile(join(source, name), "utf8")));
    providers[name.slice(0, -".json".length)] = Object.fromEntries(
      Object.entries(models).map(([model, { pricing }]) => [model, ratesOf(pricing ?? {})]),
    );
  }
  await writeFile(join(folder, catalogueName), JSON.stringify({ version, providers } satisfies Catalogue));
}

type Pricing = NonNullable<z.infer<typeof Listed>["models"][string]["pricing"]>;

function ratesOf(pricing: Pricing): Rates {
  const perToken = {
    input: pricing.input_per_million_tokens,
    output: pricing.output_per_million_tokens,
    cacheRead: pricing.cache_read_per_million_tokens,
    cacheWrite: pricing.cache_write_per_million_tokens,
    cacheWriteOneHour: pricing.cache_write_1hr_per_million_tokens,
  };
  const known = Object.entries(perToken).flatMap(([name, price]) => (price == null ? [] : [[name, price / 1_000_000]]));
  return Object.fromEntries(known);
}
