import { group, notImplemented, read, writeOne } from "../../shared/http/route.ts";
import { logBatch } from "./batch.ts";
import { createRun } from "./create.ts";
import { getRun } from "./get.ts";
import { LogInputs, LogOutputs } from "./input-schemas.ts";
import { logInputs, logOutputs } from "./inputs.ts";
import { deleteRun, restoreRun, updateRun } from "./lifecycle.ts";
import { logMetric, logParam, setTag } from "./log.ts";
import {
  CreateRun,
  DeleteTag,
  LogBatch,
  LogMetric,
  LogModel,
  LogParam,
  RunById,
  SearchRuns,
  SetTag,
  UpdateRun,
} from "./schemas.ts";
import { searchRuns } from "./search.ts";
import { deleteTag, logModel } from "./tags.ts";

// 1,000 metrics, 100 params and 100 tags at full length take 20 MB where every character is escaped.
const fullBatch = { bytes: 24 * 2 ** 20, values: 100_000 };
// A profile may have 16 MiB, and its quotes are escaped.
const datasets = { bytes: 40 * 2 ** 20, values: 100_000 };

export default group("runs", [
  writeOne("POST 2.0/mlflow/runs/create", CreateRun, createRun),
  read("GET 2.0/mlflow/runs/get", RunById, getRun),
  read("POST 2.0/mlflow/runs/search", SearchRuns, searchRuns),
  writeOne("POST 2.0/mlflow/runs/update", UpdateRun, updateRun),
  writeOne("POST 2.0/mlflow/runs/delete", RunById, deleteRun),
  writeOne("POST 2.0/mlflow/runs/restore", RunById, restoreRun),
  writeOne("POST 2.0/mlflow/runs/log-batch", LogBatch, logBatch, { body: fullBatch }),
  writeOne("POST 2.0/mlflow/runs/log-metric", LogMetric, logMetric),
  writeOne("POST 2.0/mlflow/runs/log-parameter", LogParam, logParam),
  writeOne("POST 2.0/mlflow/runs/set-tag", SetTag, setTag),
  writeOne("POST 2.0/mlflow/runs/delete-tag", DeleteTag, deleteTag),
  writeOne("POST 2.0/mlflow/runs/log-model", LogModel, logModel),
  writeOne("POST 2.0/mlflow/runs/log-inputs", LogInputs, logInputs, { body: datasets }),
  writeOne("POST 2.0/mlflow/runs/outputs", LogOutputs, logOutputs),
  ...notImplemented(
    "Prompt lab runs are not served: this app never calls model providers.",
    "POST /ajax-api/2.0/mlflow/runs/create-promptlab-run",
  ),
]);
