import type { z } from "zod";
import type { Context } from "../../shared/platform/http/route.ts";
import * as store from "../../shared/runs/store.ts";
import type { RunById } from "./schemas.ts";

export async function getRun(input: z.output<typeof RunById>, { db }: Context) {
  return store.getRun(db, input.run_id);
}
