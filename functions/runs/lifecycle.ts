import type { z } from "zod";
import type { Context } from "../../shared/platform/http/route.ts";
import * as store from "../../shared/runs/store.ts";
import type { RunById, UpdateRun } from "./schemas.ts";

export async function updateRun(input: z.output<typeof UpdateRun>, { db }: Context) {
  return store.updateRun(db, input.run_id, {
    status: input.status,
    endTime: input.end_time,
    name: input.run_name || undefined,
  });
}

export async function deleteRun(input: z.output<typeof RunById>, { db }: Context) {
  await store.deleteRun(db, input.run_id);
  return {};
}

export async function restoreRun(input: z.output<typeof RunById>, { db }: Context) {
  await store.restoreRun(db, input.run_id);
  return {};
}
