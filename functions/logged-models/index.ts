import { group, read, writeOne } from "../../shared/http/route.ts";
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

export default group("logged-models", [
  writeOne("POST 2.0/mlflow/logged-models", CreateLoggedModel, createLoggedModel),
  read("POST 2.0/mlflow/logged-models/search", SearchLoggedModels, searchLoggedModels),
  read("GET 2.0/mlflow/logged-models/:id", GetLoggedModel, getLoggedModel),
  writeOne("PATCH 2.0/mlflow/logged-models/:id", FinalizeLoggedModel, finalizeLoggedModel),
  writeOne("DELETE 2.0/mlflow/logged-models/:id", LoggedModelById, deleteLoggedModel),
  writeOne("PATCH 2.0/mlflow/logged-models/:id/tags", SetTags, setTags),
  writeOne("DELETE 2.0/mlflow/logged-models/:id/tags/:tag_key", DeleteTag, deleteTag),
  writeOne("POST 2.0/mlflow/logged-models/:id/params", LogParams, logParams),
  read("GET 2.0/mlflow/logged-models/:id/artifacts/directories", ListArtifacts, listArtifacts),
  read("GET 2.0/mlflow/logged-models/:id/artifacts/files", GetArtifact, getArtifact, { only: "ajax-api" }),
]);
