import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { once } from "../../platform/once.ts";
import type { Price } from "../translate/translate.ts";
import { Catalogue, catalogueName, priceIn } from "./prices.ts";

/**
 * The installed catalogue. One that is missing is looked for again the next time.
 * @throws where there is none, or it can't be read
 */
export const installedPrices = once(
  async (): Promise<Price> =>
    priceIn(Catalogue.parse(JSON.parse(await readFile(join(__dirname, "ui", catalogueName), "utf8")))),
);
