import type { z } from "zod";
import type { Context } from "../../shared/http/route.ts";
import * as store from "../../shared/store/logged-models.ts";
import type { GetLoggedModel } from "./schemas.ts";

export const getLoggedModel = (input: z.output<typeof GetLoggedModel>, { db }: Context) =>
  store.getLoggedModel(db, input.id, input.allow_deleted?.toLowerCase() === "true");
