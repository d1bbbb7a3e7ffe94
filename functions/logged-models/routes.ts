import { filtered } from "../../shared/access/rules.ts";
import { loggedModel } from "../../shared/logged-models/may.ts";
import { routes } from "../../shared/platform/http/route.ts";
import { createsLoggedModel } from "../../shared/runs/may.ts";
import { getArtifact, listArtifacts } from "./artifacts.ts";
import { createLoggedModel } from "./create.ts";
import { getLoggedModel } from "./get.ts";
import { deleteLoggedModel, finalizeLoggedModel } from "./lifecycle.ts";
import { logParams } from "./params.ts";
import {
  CreateLoggedModel,
  DeleteTag,
  FinalizeLoggedModel,
  GetArtifact,
  GetLoggedModel,
  ListArtifacts,
  LoggedModelById,
  LogParams,
  SearchLoggedModels,
  SetTags,
} from "./schemas.ts";
import { searchLoggedModels } from "./search.ts";
import { deleteTag, setTags } from "./tags.ts";

export default routes([
  {
    at: "POST 2.0/mlflow/logged-models",
    input: CreateLoggedModel,
    may: createsLoggedModel,
    db: "statement",
    run: createLoggedModel,
  },
  {
    at: "POST 2.0/mlflow/logged-models/search",
    input: SearchLoggedModels,
    may: filtered,
    db: "read",
    run: searchLoggedModels,
  },
  {
    at: "GET 2.0/mlflow/logged-models/:id",
    input: GetLoggedModel,
    may: loggedModel("read"),
    db: "read",
    run: getLoggedModel,
  },
  {
    at: "PATCH 2.0/mlflow/logged-models/:id",
    input: FinalizeLoggedModel,
    may: loggedModel("update"),
    db: "statement",
    run: finalizeLoggedModel,
  },
  {
    at: "DELETE 2.0/mlflow/logged-models/:id",
    input: LoggedModelById,
    may: loggedModel("delete"),
    db: "statement",
    run: deleteLoggedModel,
    audit: ({ id }) => ({ what: "logged-model.deleted", of: id }),
  },
  {
    at: "PATCH 2.0/mlflow/logged-models/:id/tags",
    input: SetTags,
    may: loggedModel("update"),
    db: "statement",
    run: setTags,
  },
  {
    at: "DELETE 2.0/mlflow/logged-models/:id/tags/:tag_key",
    input: DeleteTag,
    may: loggedModel("delete"),
    db: "statement",
    run: deleteTag,
  },
  {
    at: "POST 2.0/mlflow/logged-models/:id/params",
    input: LogParams,
    may: loggedModel("update"),
    db: "statement",
    run: logParams,
  },
  {
    at: "GET 2.0/mlflow/logged-models/:id/artifacts/directories",
    input: ListArtifacts,
    may: loggedModel("read"),
    db: "read",
    run: listArtifacts,
  },
  {
    at: "GET 2.0/mlflow/logged-models/:id/artifacts/files",
    input: GetArtifact,
    may: loggedModel("read"),
    db: "read",
    run: getArtifact,
    only: "ajax-api",
  },
]);
