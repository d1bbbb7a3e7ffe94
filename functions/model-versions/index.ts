import { group, read, write, writeOne } from "../../shared/http/route.ts";
import { createModelVersion } from "./create.ts";
import {
  CreateModelVersion,
  DeleteTag,
  GetDownloadUri,
  ModelVersion,
  SearchModelVersions,
  SetTag,
  TransitionStage,
  UpdateModelVersion,
} from "./schemas.ts";
import { searchModelVersions } from "./search.ts";
import { deleteTag, setTag } from "./tags.ts";
import { deleteModelVersion, getDownloadUri, getModelVersion, transitionStage, updateModelVersion } from "./version.ts";

export default group("model-versions", [
  write("POST 2.0/mlflow/model-versions/create", CreateModelVersion, createModelVersion),
  read("GET 2.0/mlflow/model-versions/get", ModelVersion, getModelVersion),
  read("GET 2.0/mlflow/model-versions/get-download-uri", GetDownloadUri, getDownloadUri),
  read("GET 2.0/mlflow/model-versions/search", SearchModelVersions, searchModelVersions),
  writeOne("PATCH 2.0/mlflow/model-versions/update", UpdateModelVersion, updateModelVersion),
  writeOne("POST 2.0/mlflow/model-versions/transition-stage", TransitionStage, transitionStage),
  writeOne("DELETE 2.0/mlflow/model-versions/delete", ModelVersion, deleteModelVersion),
  writeOne("POST 2.0/mlflow/model-versions/set-tag", SetTag, setTag),
  writeOne("DELETE 2.0/mlflow/model-versions/delete-tag", DeleteTag, deleteTag),
]);
