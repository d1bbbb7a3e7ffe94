/**
 * Answers for the page about services that this app does not run. They equal those of a stock server that does not use
 * these services, so the pages open and are empty.
 */
import { routes } from "../../shared/platform/http/route.ts";
import { Nothing } from "./schemas.ts";

const nothing = () => ({});
const forPage = { only: "ajax-api" } as const;

export const unusedServices = routes([
  { at: "POST 3.0/mlflow/traces/search", input: Nothing, run: nothing, ...forPage },
  { at: "POST 3.0/mlflow/traces/metrics", input: Nothing, run: nothing, ...forPage },
  { at: "POST 3.0/mlflow/datasets/search", input: Nothing, run: nothing, ...forPage },
  { at: "GET 3.0/mlflow/scorers/list", input: Nothing, run: nothing, ...forPage },
  { at: "POST 3.0/mlflow/issues/search", input: Nothing, run: nothing, ...forPage },
  { at: "GET 2.0/mlflow/gateway-proxy", input: Nothing, run: () => ({ endpoints: [] }), ...forPage },
  { at: "GET 2.0/mlflow/traces", input: Nothing, run: nothing, ...forPage },
  { at: "GET 3.0/mlflow/assistant/config", input: Nothing, run: noAssistant, ...forPage },
  {
    at: "GET 3.0/mlflow/assistant/providers",
    input: Nothing,
    run: () => ({ providers: [], resolved: null }),
    ...forPage,
  },
  // Nothing about anyone's use of the page leaves the app.
  { at: "GET 3.0/mlflow/ui-telemetry", input: Nothing, run: noTelemetry, ...forPage },
  { at: "POST 3.0/mlflow/ui-telemetry", input: Nothing, run: () => ({ status: "disabled" }), ...forPage },
]);

function noAssistant() {
  return { providers: {}, projects: {}, remote_access_allowed: false, can_edit_server_settings: false };
}

function noTelemetry() {
  return { disable_ui_telemetry: true, disable_ui_events: [], ui_rollout_percentage: 0 };
}
