import type { z } from "zod";
import { checkKey } from "../../shared/mlflow/rules.ts";
import * as store from "../../shared/model-versions/store.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { checkModelName, parseVersion } from "../../shared/registered-models/rules.ts";
import { checkVersionTag } from "./create.ts";
import type { DeleteTag, SetTag } from "./schemas.ts";

export async function setTag({ name, version, key, value = "" }: z.output<typeof SetTag>, { db }: Context) {
  checkModelName(name);
  const number = parseVersion(version);
  checkVersionTag({ key, value });
  await store.setModelVersionTag(db, name, number, { key, value });
  return {};
}

export async function deleteTag({ name, version, key }: z.output<typeof DeleteTag>, { db }: Context) {
  checkModelName(name);
  const number = parseVersion(version);
  checkKey(key, "key");
  await store.deleteModelVersionTag(db, name, number, key);
  return {};
}
