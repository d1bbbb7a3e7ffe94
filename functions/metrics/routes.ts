import { routes } from "../../shared/platform/http/route.ts";
import { getHistoryBulk, getHistoryBulkInterval } from "./bulk.ts";
import { getHistory } from "./history.ts";
import { GetHistory, GetHistoryBulk, GetHistoryBulkInterval } from "./schemas.ts";

export default routes([
  { at: "GET 2.0/mlflow/metrics/get-history", input: GetHistory, db: "read", run: getHistory },
  {
    at: "GET 2.0/mlflow/metrics/get-history-bulk",
    input: GetHistoryBulk,
    db: "read",
    run: getHistoryBulk,
    only: "ajax-api",
  },
  {
    at: "GET 2.0/mlflow/metrics/get-history-bulk-interval",
    input: GetHistoryBulkInterval,
    db: "read",
    run: getHistoryBulkInterval,
  },
]);
