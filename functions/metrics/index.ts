import { group, read } from "../../shared/http/route.ts";
import { getHistoryBulk, getHistoryBulkInterval } from "./bulk.ts";
import { getHistory } from "./history.ts";
import { GetHistory, GetHistoryBulk, GetHistoryBulkInterval } from "./schemas.ts";

export default group("metrics", [
  read("GET 2.0/mlflow/metrics/get-history", GetHistory, getHistory),
  read("GET 2.0/mlflow/metrics/get-history-bulk", GetHistoryBulk, getHistoryBulk, { only: "ajax-api" }),
  read("GET 2.0/mlflow/metrics/get-history-bulk-interval", GetHistoryBulkInterval, getHistoryBulkInterval),
]);
