import type { z } from "zod";
import * as store from "../../shared/logged-models/store.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { DeleteTag, SetTags } from "./schemas.ts";

export async function setTags(input: z.output<typeof SetTags>, { db }: Context) {
  await store.setLoggedModelTags(db, input.id, input.tags);
  return {};
}

export async function deleteTag(input: z.output<typeof DeleteTag>, { db }: Context) {
  await store.deleteLoggedModelTag(db, input.id, input.tag_key);
  return {};
}
