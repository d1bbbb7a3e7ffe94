import type { z } from "zod";
import { refuseWildcard } from "../../shared/access/model-grants.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { checkModelName, checkRegistryTag } from "../../shared/registered-models/rules.ts";
import * as store from "../../shared/registered-models/store.ts";
import type { CreateRegisteredModel } from "./schemas.ts";

export async function createRegisteredModel(input: z.output<typeof CreateRegisteredModel>, { db }: Context) {
  checkModelName(input.name);
  refuseWildcard(db, input.name);
  for (const tag of input.tags) checkRegistryTag(tag);
  return store.createRegisteredModel(db, { name: input.name, description: input.description ?? "", tags: input.tags });
}
