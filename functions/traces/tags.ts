import type { z } from "zod";
import type { Context } from "../../shared/platform/http/route.ts";
import { checkTag, checkTagToDelete } from "../../shared/traces/rules.ts";
import * as store from "../../shared/traces/tags.ts";
import type { DeleteTag, DeleteTagV2, SetTag, SetTagV2 } from "./schemas.ts";

export async function setTag({ trace_id, key, value = "" }: z.output<typeof SetTag>, { db, config }: Context) {
  await store.setTag(db, trace_id, checkTag({ key, value }, config));
  return {};
}

export const setTagV2 = ({ request_id, ...tag }: z.output<typeof SetTagV2>, context: Context) =>
  setTag({ trace_id: request_id, ...tag }, context);

export async function deleteTag({ trace_id, key }: z.output<typeof DeleteTag>, { db }: Context) {
  checkTagToDelete(key);
  await store.deleteTag(db, trace_id, key);
  return {};
}

export const deleteTagV2 = ({ request_id, key }: z.output<typeof DeleteTagV2>, context: Context) =>
  deleteTag({ trace_id: request_id, key }, context);
