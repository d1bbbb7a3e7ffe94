import { open, signedIn } from "../../shared/access/rules.ts";
import { staticPrefix } from "../../shared/platform/config.ts";
import { notImplemented } from "../../shared/platform/http/not-served.ts";
import { routes } from "../../shared/platform/http/route.ts";
import { entry, toEntry } from "./entry.ts";
import { health } from "./health.ts";
import { serverInfo, version } from "./info.ts";
import { Nothing } from "./schemas.ts";
import { dropTelemetry, telemetryConfig } from "./telemetry.ts";

const served = routes([
  { at: "GET /", input: Nothing, may: signedIn, run: entry },
  ...(staticPrefix() ? [{ at: `GET ${staticPrefix()}` as const, input: Nothing, may: signedIn, run: toEntry }] : []),
  { at: "GET /health", input: Nothing, may: open, run: health },
  { at: "GET /version", input: Nothing, may: signedIn, run: version },
  { at: "GET 3.0/mlflow/server-info", input: Nothing, may: open, run: serverInfo },
  { at: "GET 3.0/mlflow/ui-telemetry", input: Nothing, may: signedIn, run: telemetryConfig, only: "ajax-api" },
  { at: "POST 3.0/mlflow/ui-telemetry", input: Nothing, may: signedIn, run: dropTelemetry, only: "ajax-api" },
]);

export default [
  ...served,
  ...notImplemented("There is no form to sign up: admins make users on the page's admin page.", "GET /signup"),
];
