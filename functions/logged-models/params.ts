import type { z } from "zod";
import type { Context } from "../../shared/http/route.ts";
import * as store from "../../shared/store/logged-models.ts";
import { pairsOf } from "./pairs.ts";
import type { LogParams } from "./schemas.ts";

export async function logParams(input: z.output<typeof LogParams>, { db }: Context) {
  await store.logLoggedModelParams(db, input.id, pairsOf(input.params));
  return {};
}
