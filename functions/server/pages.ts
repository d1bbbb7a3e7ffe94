/**
 * What the page asks of services that this app does not run: answers as from a stock server where nobody uses them, so that
 * its pages open, and hold nothing.
 */
import { plain } from "../../shared/http/route.ts";
import { Nothing } from "./schemas.ts";

const nothing = () => ({});
const page = { only: "ajax-api" } as const;

export const pages = [
  plain("POST 3.0/mlflow/traces/search", Nothing, nothing, page),
  plain("POST 3.0/mlflow/traces/metrics", Nothing, nothing, page),
  plain("POST 3.0/mlflow/datasets/search", Nothing, nothing, page),
  plain("GET 3.0/mlflow/scorers/list", Nothing, nothing, page),
  plain("POST 3.0/mlflow/issues/search", Nothing, nothing, page),
  plain("GET 2.0/mlflow/gateway-proxy", Nothing, () => ({ endpoints: [] }), page),
  plain("GET 2.0/mlflow/traces", Nothing, nothing, page),
  plain("GET 3.0/mlflow/assistant/config", Nothing, noAssistant, page),
  plain("GET 3.0/mlflow/assistant/providers", Nothing, () => ({ providers: [], resolved: null }), page),
  // Nothing about anyone's use of the page leaves the app.
  plain("GET 3.0/mlflow/ui-telemetry", Nothing, noTelemetry, page),
  plain("POST 3.0/mlflow/ui-telemetry", Nothing, () => ({ status: "disabled" }), page),
];

function noAssistant() {
  return { providers: {}, projects: {}, remote_access_allowed: false, can_edit_server_settings: false };
}

function noTelemetry() {
  return { disable_ui_telemetry: true, disable_ui_events: [], ui_rollout_percentage: 0 };
}
