import { group, read, writeOne } from "../../shared/http/route.ts";
import { createExperiment } from "./create.ts";
import { searchDatasets } from "./datasets.ts";
import { getExperiment, getExperimentByName } from "./get.ts";
import { deleteExperiment, restoreExperiment, updateExperiment } from "./lifecycle.ts";
import {
  CreateExperiment,
  DeleteExperimentTag,
  ExperimentById,
  ExperimentByName,
  SearchDatasets,
  SearchExperiments,
  SetExperimentTag,
  UpdateExperiment,
} from "./schemas.ts";
import { searchExperiments } from "./search.ts";
import { deleteExperimentTag, setExperimentTag } from "./tags.ts";

export default group("experiments", [
  writeOne("POST 2.0/mlflow/experiments/create", CreateExperiment, createExperiment),
  read("GET 2.0/mlflow/experiments/get", ExperimentById, getExperiment),
  read("GET 2.0/mlflow/experiments/get-by-name", ExperimentByName, getExperimentByName),
  read("GET 2.0/mlflow/experiments/search", SearchExperiments, searchExperiments),
  read("POST 2.0/mlflow/experiments/search", SearchExperiments, searchExperiments),
  writeOne("POST 2.0/mlflow/experiments/update", UpdateExperiment, updateExperiment),
  writeOne("POST 2.0/mlflow/experiments/delete", ExperimentById, deleteExperiment),
  writeOne("POST 2.0/mlflow/experiments/restore", ExperimentById, restoreExperiment),
  writeOne("POST 2.0/mlflow/experiments/set-experiment-tag", SetExperimentTag, setExperimentTag),
  writeOne("POST 2.0/mlflow/experiments/delete-experiment-tag", DeleteExperimentTag, deleteExperimentTag),
  read("POST 2.0/mlflow/experiments/search-datasets", SearchDatasets, searchDatasets, { only: "ajax-api" }),
]);
