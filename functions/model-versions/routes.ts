import { routes } from "../../shared/platform/http/route.ts";
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

export default routes([
  {
    at: "POST 2.0/mlflow/model-versions/create",
    input: CreateModelVersion,
    db: "transaction",
    run: createModelVersion,
  },
  { at: "GET 2.0/mlflow/model-versions/get", input: ModelVersion, db: "read", run: getModelVersion },
  { at: "GET 2.0/mlflow/model-versions/get-download-uri", input: GetDownloadUri, db: "read", run: getDownloadUri },
  { at: "GET 2.0/mlflow/model-versions/search", input: SearchModelVersions, db: "read", run: searchModelVersions },
  { at: "PATCH 2.0/mlflow/model-versions/update", input: UpdateModelVersion, db: "statement", run: updateModelVersion },
  {
    at: "POST 2.0/mlflow/model-versions/transition-stage",
    input: TransitionStage,
    db: "statement",
    run: transitionStage,
  },
  { at: "DELETE 2.0/mlflow/model-versions/delete", input: ModelVersion, db: "statement", run: deleteModelVersion },
  { at: "POST 2.0/mlflow/model-versions/set-tag", input: SetTag, db: "statement", run: setTag },
  { at: "DELETE 2.0/mlflow/model-versions/delete-tag", input: DeleteTag, db: "statement", run: deleteTag },
]);
