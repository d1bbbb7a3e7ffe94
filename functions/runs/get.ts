import type { z } from "zod";
import type { Context } from "../../shared/http/route.ts";
import * as store from "../../shared/store/runs.ts";
import type { RunById } from "./schemas.ts";

export async function getRun(input: z.output<typeof RunById>, { db }: Context) {
  return store.getRun(db, input.run_id);
}
