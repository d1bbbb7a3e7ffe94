import { creates, filtered } from "../../shared/access/rules.ts";
import { experiment, experiments, experimentWithAll } from "../../shared/experiments/may.ts";
import { routes } from "../../shared/platform/http/route.ts";
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

export default routes([
  {
    at: "POST 2.0/mlflow/experiments/create",
    input: CreateExperiment,
    may: creates("experiment"),
    db: "statement",
    run: createExperiment,
  },
  {
    at: "GET 2.0/mlflow/experiments/get",
    input: ExperimentById,
    may: experiment("read"),
    db: "read",
    run: getExperiment,
  },
  {
    at: "GET 2.0/mlflow/experiments/get-by-name",
    input: ExperimentByName,
    may: filtered,
    db: "read",
    run: getExperimentByName,
  },
  {
    at: "GET 2.0/mlflow/experiments/search",
    input: SearchExperiments,
    may: filtered,
    db: "read",
    run: searchExperiments,
  },
  {
    at: "POST 2.0/mlflow/experiments/search",
    input: SearchExperiments,
    may: filtered,
    db: "read",
    run: searchExperiments,
  },
  {
    at: "POST 2.0/mlflow/experiments/update",
    input: UpdateExperiment,
    may: experiment("update"),
    db: "statement",
    run: updateExperiment,
  },
  {
    at: "POST 2.0/mlflow/experiments/delete",
    input: ExperimentById,
    may: experimentWithAll,
    db: "statement",
    run: deleteExperiment,
    audit: ({ experiment_id }) => ({ what: "experiment.deleted", of: experiment_id }),
  },
  {
    at: "POST 2.0/mlflow/experiments/restore",
    input: ExperimentById,
    may: experimentWithAll,
    db: "statement",
    run: restoreExperiment,
    audit: ({ experiment_id }) => ({ what: "experiment.restored", of: experiment_id }),
  },
  {
    at: "POST 2.0/mlflow/experiments/set-experiment-tag",
    input: SetExperimentTag,
    may: experiment("update"),
    db: "statement",
    run: setExperimentTag,
  },
  {
    at: "POST 2.0/mlflow/experiments/delete-experiment-tag",
    input: DeleteExperimentTag,
    may: experiment("update"),
    db: "statement",
    run: deleteExperimentTag,
  },
  {
    at: "POST 2.0/mlflow/experiments/search-datasets",
    input: SearchDatasets,
    may: experiments("read"),
    db: "read",
    run: searchDatasets,
    only: "ajax-api",
  },
]);
