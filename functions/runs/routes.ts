import { filtered } from "../../shared/access/rules.ts";
import { createsInside } from "../../shared/experiments/may.ts";
import { notImplemented } from "../../shared/platform/http/not-served.ts";
import { routes } from "../../shared/platform/http/route.ts";
import { logsInto, run } from "../../shared/runs/may.ts";
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

const served = routes([
  { at: "POST 2.0/mlflow/runs/create", input: CreateRun, may: createsInside("run"), db: "statement", run: createRun },
  { at: "GET 2.0/mlflow/runs/get", input: RunById, may: run("read"), db: "read", run: getRun },
  { at: "POST 2.0/mlflow/runs/search", input: SearchRuns, may: filtered, db: "read", run: searchRuns },
  { at: "POST 2.0/mlflow/runs/update", input: UpdateRun, may: run("update"), db: "statement", run: updateRun },
  {
    at: "POST 2.0/mlflow/runs/delete",
    input: RunById,
    may: run("delete"),
    db: "statement",
    run: deleteRun,
    audit: ({ run_id }) => ({ what: "run.deleted", of: run_id }),
  },
  {
    at: "POST 2.0/mlflow/runs/restore",
    input: RunById,
    may: run("delete"),
    db: "statement",
    run: restoreRun,
    audit: ({ run_id }) => ({ what: "run.restored", of: run_id }),
  },
  {
    at: "POST 2.0/mlflow/runs/log-batch",
    input: LogBatch,
    may: logsInto,
    db: "statement",
    run: logBatch,
    body: fullBatch,
  },
  {
    at: "POST 2.0/mlflow/runs/log-metric",
    input: LogMetric,
    may: logsInto,
    db: "statement",
    run: logMetric,
  },
  { at: "POST 2.0/mlflow/runs/log-parameter", input: LogParam, may: run("update"), db: "statement", run: logParam },
  { at: "POST 2.0/mlflow/runs/set-tag", input: SetTag, may: run("update"), db: "statement", run: setTag },
  { at: "POST 2.0/mlflow/runs/delete-tag", input: DeleteTag, may: run("update"), db: "statement", run: deleteTag },
  { at: "POST 2.0/mlflow/runs/log-model", input: LogModel, may: run("update"), db: "statement", run: logModel },
  {
    at: "POST 2.0/mlflow/runs/log-inputs",
    input: LogInputs,
    may: logsInto,
    db: "statement",
    run: logInputs,
    body: datasets,
  },
  {
    at: "POST 2.0/mlflow/runs/outputs",
    input: LogOutputs,
    may: logsInto,
    db: "statement",
    run: logOutputs,
  },
]);

export default [
  ...served,
  ...notImplemented(
    "Prompt lab runs are not served: this app never calls model providers.",
    "POST /ajax-api/2.0/mlflow/runs/create-promptlab-run",
  ),
];
