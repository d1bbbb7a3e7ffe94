import type { z } from "zod";
import * as store from "../../shared/logged-models/store.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { GetLoggedModel } from "./schemas.ts";

export const getLoggedModel = (input: z.output<typeof GetLoggedModel>, { db }: Context) =>
  store.getLoggedModel(db, input.id, input.allow_deleted?.toLowerCase() === "true");
