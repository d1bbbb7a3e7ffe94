import { filtered } from "../../shared/access/rules.ts";
import { createsVersion } from "../../shared/model-versions/may.ts";
import { routes } from "../../shared/platform/http/route.ts";
import { model } from "../../shared/registered-models/may.ts";
import { canonicalStage, parseVersion } from "../../shared/registered-models/rules.ts";
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
    may: createsVersion,
    db: "transaction",
    run: createModelVersion,
  },
  {
    at: "GET 2.0/mlflow/model-versions/get",
    input: ModelVersion,
    may: model("read", "not denied"),
    db: "read",
    run: getModelVersion,
  },
  {
    at: "GET 2.0/mlflow/model-versions/get-download-uri",
    input: GetDownloadUri,
    may: model("read", "not denied"),
    db: "read",
    run: getDownloadUri,
  },
  {
    at: "GET 2.0/mlflow/model-versions/search",
    input: SearchModelVersions,
    may: filtered,
    db: "read",
    run: searchModelVersions,
  },
  {
    at: "PATCH 2.0/mlflow/model-versions/update",
    input: UpdateModelVersion,
    may: model("read", "update"),
    db: "statement",
    run: updateModelVersion,
  },
  {
    at: "POST 2.0/mlflow/model-versions/transition-stage",
    input: TransitionStage,
    may: model("read", "update"),
    db: "statement",
    run: transitionStage,
    audit: ({ name, version, stage, archive_existing_versions: archives = false }) => ({
      what: "model-version.transitioned",
      of: `${name}/${parseVersion(version)}`,
      detail: { stage: canonicalStage(stage), archives },
    }),
  },
  {
    at: "DELETE 2.0/mlflow/model-versions/delete",
    input: ModelVersion,
    may: model("read", "delete"),
    db: "statement",
    run: deleteModelVersion,
    audit: ({ name, version }) => ({ what: "model-version.deleted", of: `${name}/${parseVersion(version)}` }),
  },
  {
    at: "POST 2.0/mlflow/model-versions/set-tag",
    input: SetTag,
    may: model("read", "update"),
    db: "statement",
    run: setTag,
  },
  {
    at: "DELETE 2.0/mlflow/model-versions/delete-tag",
    input: DeleteTag,
    may: model("read", "delete"),
    db: "statement",
    run: deleteTag,
  },
]);
