import { routes } from "../../shared/platform/http/route.ts";
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
  { at: "POST 2.0/mlflow/logged-models", input: CreateLoggedModel, db: "statement", run: createLoggedModel },
  { at: "POST 2.0/mlflow/logged-models/search", input: SearchLoggedModels, db: "read", run: searchLoggedModels },
  { at: "GET 2.0/mlflow/logged-models/:id", input: GetLoggedModel, db: "read", run: getLoggedModel },
  { at: "PATCH 2.0/mlflow/logged-models/:id", input: FinalizeLoggedModel, db: "statement", run: finalizeLoggedModel },
  { at: "DELETE 2.0/mlflow/logged-models/:id", input: LoggedModelById, db: "statement", run: deleteLoggedModel },
  { at: "PATCH 2.0/mlflow/logged-models/:id/tags", input: SetTags, db: "statement", run: setTags },
  { at: "DELETE 2.0/mlflow/logged-models/:id/tags/:tag_key", input: DeleteTag, db: "statement", run: deleteTag },
  { at: "POST 2.0/mlflow/logged-models/:id/params", input: LogParams, db: "statement", run: logParams },
  {
    at: "GET 2.0/mlflow/logged-models/:id/artifacts/directories",
    input: ListArtifacts,
    db: "read",
    run: listArtifacts,
  },
  {
    at: "GET 2.0/mlflow/logged-models/:id/artifacts/files",
    input: GetArtifact,
    db: "read",
    run: getArtifact,
    only: "ajax-api",
  },
]);
