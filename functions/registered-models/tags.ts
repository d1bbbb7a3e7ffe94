import type { z } from "zod";
import { checkKey } from "../../shared/mlflow/rules.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { checkModelName, checkRegistryTag } from "../../shared/registered-models/rules.ts";
import * as store from "../../shared/registered-models/store.ts";
import type { DeleteTag, SetTag } from "./schemas.ts";

export async function setTag({ name, key, value = "" }: z.output<typeof SetTag>, { db }: Context) {
  checkModelName(name);
  checkRegistryTag({ key, value });
  await store.setRegisteredModelTag(db, name, { key, value });
  return {};
}

export async function deleteTag({ name, key }: z.output<typeof DeleteTag>, { db }: Context) {
  checkModelName(name);
  checkKey(key, "key");
  await store.deleteRegisteredModelTag(db, name, key);
  return {};
}
