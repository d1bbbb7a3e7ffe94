import { routes } from "../../shared/platform/http/route.ts";
import { run, runs, runsInQuery } from "../../shared/runs/may.ts";
import { getHistoryBulk, getHistoryBulkInterval } from "./bulk.ts";
import { getHistory } from "./history.ts";
import { GetHistory, GetHistoryBulk, GetHistoryBulkInterval } from "./schemas.ts";

export default routes([
  { at: "GET 2.0/mlflow/metrics/get-history", input: GetHistory, may: run("read"), db: "read", run: getHistory },
  {
    at: "GET 2.0/mlflow/metrics/get-history-bulk",
    input: GetHistoryBulk,
    may: runsInQuery("read"),
    db: "read",
    run: getHistoryBulk,
    only: "ajax-api",
  },
  {
    at: "GET 2.0/mlflow/metrics/get-history-bulk-interval",
    input: GetHistoryBulkInterval,
    may: runs("read"),
    db: "read",
    run: getHistoryBulkInterval,
  },
]);
