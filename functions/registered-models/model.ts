import type { z } from "zod";
import { refuseWildcard } from "../../shared/access/model-grants.ts";
import { searchAnswer } from "../../shared/mlflow/search/answer.ts";
import * as versions from "../../shared/model-versions/store.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { allStages, canonicalStage, checkModelName, findStage } from "../../shared/registered-models/rules.ts";
import * as store from "../../shared/registered-models/store.ts";
import type {
  GetLatestVersions,
  RegisteredModelByName,
  RenameRegisteredModel,
  UpdateRegisteredModel,
} from "./schemas.ts";

export async function getRegisteredModel({ name }: z.output<typeof RegisteredModelByName>, { db }: Context) {
  checkModelName(name);
  return store.getRegisteredModel(db, name);
}

export async function updateRegisteredModel(input: z.output<typeof UpdateRegisteredModel>, { db }: Context) {
  checkModelName(input.name);
  return store.updateRegisteredModel(db, input.name, input.description ?? "");
}

export async function renameRegisteredModel(input: z.output<typeof RenameRegisteredModel>, { db, facts }: Context) {
  checkModelName(input.new_name, "new_name");
  refuseWildcard(db, input.new_name);
  checkModelName(input.name);
  facts.forget("registered model", input.new_name);
  return store.renameRegisteredModel(db, input.name, input.new_name);
}

export async function deleteRegisteredModel({ name }: z.output<typeof RegisteredModelByName>, { db, facts }: Context) {
  checkModelName(name);
  await store.deleteRegisteredModel(db, name);
  facts.forget("registered model", name);
  return {};
}

export async function getLatestVersions({ name, stages }: z.output<typeof GetLatestVersions>, { db }: Context) {
  checkModelName(name);
  const wanted = stages.length === 0 ? allStages : stages.flatMap((stage) => findStage(stage) ?? []);
  const found = await versions.getLatestVersions(db, name, wanted);
  // The model comes first: clients ask for `models:/m-<id>/MLmodel` so, and take "no such model" for "then it is a
  // logged one".
  for (const stage of stages) canonicalStage(stage);
  return searchAnswer("model_versions", found, undefined);
}
