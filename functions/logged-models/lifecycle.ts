import type { z } from "zod";
import * as store from "../../shared/logged-models/store.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { FinalizeLoggedModel, LoggedModelById } from "./schemas.ts";

export const finalizeLoggedModel = (input: z.output<typeof FinalizeLoggedModel>, { db }: Context) =>
  store.finalizeLoggedModel(db, input.id, input.status);

export async function deleteLoggedModel(input: z.output<typeof LoggedModelById>, { db }: Context) {
  await store.deleteLoggedModel(db, input.id);
  return {};
}
