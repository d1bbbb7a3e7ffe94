import type { z } from "zod";
import * as store from "../../shared/logged-models/store.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { LogParams } from "./schemas.ts";

export async function logParams(input: z.output<typeof LogParams>, { db }: Context) {
  await store.logLoggedModelParams(db, input.id, input.params);
  return {};
}
