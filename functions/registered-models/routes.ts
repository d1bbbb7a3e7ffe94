import { changing, filtered } from "../../shared/access/rules.ts";
import { routes } from "../../shared/platform/http/route.ts";
import { createsModel, model } from "../../shared/registered-models/may.ts";
import { parseVersion } from "../../shared/registered-models/rules.ts";
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
    may: createsModel,
    db: "statement",
    run: createRegisteredModel,
  },
  {
    at: "GET 2.0/mlflow/registered-models/get",
    input: RegisteredModelByName,
    may: model("read"),
    db: "read",
    run: getRegisteredModel,
  },
  {
    at: "GET 2.0/mlflow/registered-models/search",
    input: SearchRegisteredModels,
    may: filtered,
    db: "read",
    run: searchRegisteredModels,
  },
  {
    at: "GET 2.0/mlflow/registered-models/get-latest-versions",
    input: GetLatestVersions,
    may: model("read", "not denied"),
    db: "read",
    run: getLatestVersions,
  },
  {
    at: "POST 2.0/mlflow/registered-models/get-latest-versions",
    input: GetLatestVersions,
    may: model("read", "not denied"),
    db: "read",
    run: getLatestVersions,
  },
  {
    at: "PATCH 2.0/mlflow/registered-models/update",
    input: UpdateRegisteredModel,
    may: model("update"),
    db: "statement",
    run: updateRegisteredModel,
  },
  {
    at: "POST 2.0/mlflow/registered-models/rename",
    input: RenameRegisteredModel,
    may: changing(model("update")),
    db: "transaction",
    run: renameRegisteredModel,
    audit: ({ name, new_name: to }) => ({ what: "registered-model.renamed", of: name, detail: { to } }),
  },
  {
    at: "DELETE 2.0/mlflow/registered-models/delete",
    input: RegisteredModelByName,
    may: changing(model("delete", "delete")),
    db: "statement",
    run: deleteRegisteredModel,
    audit: ({ name }) => ({ what: "registered-model.deleted", of: name }),
  },
  {
    at: "POST 2.0/mlflow/registered-models/set-tag",
    input: SetTag,
    may: model("update"),
    db: "statement",
    run: setTag,
  },
  {
    at: "DELETE 2.0/mlflow/registered-models/delete-tag",
    input: DeleteTag,
    may: model("update"),
    db: "statement",
    run: deleteTag,
  },
  {
    at: "POST 2.0/mlflow/registered-models/alias",
    input: SetAlias,
    may: model("update", "read"),
    db: "statement",
    run: setAlias,
    audit: ({ name, alias, version }) => ({
      what: "alias.set",
      of: `${name}@${alias}`,
      detail: { version: parseVersion(version) },
    }),
  },
  {
    at: "DELETE 2.0/mlflow/registered-models/alias",
    input: Alias,
    may: model("delete", "read"),
    db: "statement",
    run: deleteAlias,
    audit: ({ name, alias }) => ({ what: "alias.deleted", of: `${name}@${alias}` }),
  },
  {
    at: "GET 2.0/mlflow/registered-models/alias",
    input: Alias,
    may: model("read", "not denied"),
    db: "read",
    run: getVersionByAlias,
  },
]);
