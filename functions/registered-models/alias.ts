import type { z } from "zod";
import type { Context } from "../../shared/platform/http/route.ts";
import * as store from "../../shared/registered-models/aliases.ts";
import { checkAlias, checkModelName, checkNewAlias, parseVersion } from "../../shared/registered-models/rules.ts";
import type { Alias, SetAlias } from "./schemas.ts";

export async function setAlias({ name, alias, version }: z.output<typeof SetAlias>, { db }: Context) {
  checkModelName(name);
  checkNewAlias(alias);
  await store.setAlias(db, name, alias, parseVersion(version));
  return {};
}

export async function deleteAlias({ name, alias }: z.output<typeof Alias>, { db }: Context) {
  checkModelName(name);
  checkAlias(alias);
  await store.deleteAlias(db, name, alias);
  return {};
}

export async function getVersionByAlias({ name, alias }: z.output<typeof Alias>, { db }: Context) {
  checkModelName(name);
  checkAlias(alias);
  return store.getVersionByAlias(db, name, alias);
}
