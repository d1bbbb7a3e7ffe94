import { group, read, write, writeOne } from "../../shared/http/route.ts";
import { deleteAlias, getVersionByAlias, setAlias } from "./alias.ts";
import { createRegisteredModel } from "./create.ts";
import {
  deleteRegisteredModel,
  getLatestVersions,
  getRegisteredModel,
  renameRegisteredModel,
  updateRegisteredModel,
} from "./model.ts";
import {
  Alias,
  CreateRegisteredModel,
  DeleteTag,
  GetLatestVersions,
  RegisteredModelByName,
  RenameRegisteredModel,
  SearchRegisteredModels,
  SetAlias,
  SetTag,
  UpdateRegisteredModel,
} from "./schemas.ts";
import { searchRegisteredModels } from "./search.ts";
import { deleteTag, setTag } from "./tags.ts";

export default group("registered-models", [
  writeOne("POST 2.0/mlflow/registered-models/create", CreateRegisteredModel, createRegisteredModel),
  read("GET 2.0/mlflow/registered-models/get", RegisteredModelByName, getRegisteredModel),
  read("GET 2.0/mlflow/registered-models/search", SearchRegisteredModels, searchRegisteredModels),
  read("GET 2.0/mlflow/registered-models/get-latest-versions", GetLatestVersions, getLatestVersions),
  read("POST 2.0/mlflow/registered-models/get-latest-versions", GetLatestVersions, getLatestVersions),
  writeOne("PATCH 2.0/mlflow/registered-models/update", UpdateRegisteredModel, updateRegisteredModel),
  write("POST 2.0/mlflow/registered-models/rename", RenameRegisteredModel, renameRegisteredModel),
  writeOne("DELETE 2.0/mlflow/registered-models/delete", RegisteredModelByName, deleteRegisteredModel),
  writeOne("POST 2.0/mlflow/registered-models/set-tag", SetTag, setTag),
  writeOne("DELETE 2.0/mlflow/registered-models/delete-tag", DeleteTag, deleteTag),
  writeOne("POST 2.0/mlflow/registered-models/alias", SetAlias, setAlias),
  writeOne("DELETE 2.0/mlflow/registered-models/alias", Alias, deleteAlias),
  read("GET 2.0/mlflow/registered-models/alias", Alias, getVersionByAlias),
]);
