import { staticPrefix } from "../../shared/platform/config.ts";
import { routes } from "../../shared/platform/http/route.ts";
import { entry, toEntry } from "./entry.ts";
import { health, serverInfo, version } from "./info.ts";
import { Nothing } from "./schemas.ts";
import { dropTelemetry, telemetryConfig } from "./telemetry.ts";

export default routes([
  { at: "GET /", input: Nothing, run: entry },
  ...(staticPrefix() ? [{ at: `GET ${staticPrefix()}` as const, input: Nothing, run: toEntry }] : []),
  { at: "GET /health", input: Nothing, run: health },
  { at: "GET /version", input: Nothing, run: version },
  { at: "GET 3.0/mlflow/server-info", input: Nothing, run: serverInfo },
  { at: "GET 3.0/mlflow/ui-telemetry", input: Nothing, run: telemetryConfig, only: "ajax-api" },
  { at: "POST 3.0/mlflow/ui-telemetry", input: Nothing, run: dropTelemetry, only: "ajax-api" },
]);
