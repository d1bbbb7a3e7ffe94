import { routes } from "../../shared/platform/http/route.ts";
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

export default routes([
  {
    at: "POST 2.0/mlflow/registered-models/create",
    input: CreateRegisteredModel,
    db: "statement",
    run: createRegisteredModel,
  },
  { at: "GET 2.0/mlflow/registered-models/get", input: RegisteredModelByName, db: "read", run: getRegisteredModel },
  {
    at: "GET 2.0/mlflow/registered-models/search",
    input: SearchRegisteredModels,
    db: "read",
    run: searchRegisteredModels,
  },
  {
    at: "GET 2.0/mlflow/registered-models/get-latest-versions",
    input: GetLatestVersions,
    db: "read",
    run: getLatestVersions,
  },
  {
    at: "POST 2.0/mlflow/registered-models/get-latest-versions",
    input: GetLatestVersions,
    db: "read",
    run: getLatestVersions,
  },
  {
    at: "PATCH 2.0/mlflow/registered-models/update",
    input: UpdateRegisteredModel,
    db: "statement",
    run: updateRegisteredModel,
  },
  {
    at: "POST 2.0/mlflow/registered-models/rename",
    input: RenameRegisteredModel,
    db: "transaction",
    run: renameRegisteredModel,
  },
  {
    at: "DELETE 2.0/mlflow/registered-models/delete",
    input: RegisteredModelByName,
    db: "statement",
    run: deleteRegisteredModel,
  },
  { at: "POST 2.0/mlflow/registered-models/set-tag", input: SetTag, db: "statement", run: setTag },
  { at: "DELETE 2.0/mlflow/registered-models/delete-tag", input: DeleteTag, db: "statement", run: deleteTag },
  { at: "POST 2.0/mlflow/registered-models/alias", input: SetAlias, db: "statement", run: setAlias },
  { at: "DELETE 2.0/mlflow/registered-models/alias", input: Alias, db: "statement", run: deleteAlias },
  { at: "GET 2.0/mlflow/registered-models/alias", input: Alias, db: "read", run: getVersionByAlias },
]);
