import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "./support/app.ts";

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const noAssistant = { providers: {}, projects: {}, remote_access_allowed: false, can_edit_server_settings: false };
const noTelemetry = { disable_ui_telemetry: true, disable_ui_events: [], ui_rollout_percentage: 0 };

describe("a service that this app does not run", () => {
  it.each([
    ["POST", "3.0/mlflow/datasets/search", {}],
    ["GET", "3.0/mlflow/scorers/list", {}],
    ["POST", "3.0/mlflow/issues/search", {}],
    ["GET", "2.0/mlflow/gateway-proxy", { endpoints: [] }],
    ["GET", "3.0/mlflow/assistant/config", noAssistant],
    ["GET", "3.0/mlflow/assistant/providers", { providers: [], resolved: null }],
    ["GET", "3.0/mlflow/ui-telemetry", noTelemetry],
    ["POST", "3.0/mlflow/ui-telemetry", { status: "disabled" }],
  ])("holds nothing for the page, and is not served to clients: %s %s", async (method, path, answer) => {
    const ask = (to: string) => (method === "POST" ? app.post(to, {}) : app.get(to));
    const toPage = await ask(`/ajax-api/${path}`);
    expect([toPage.status, toPage.body]).toEqual([200, answer]);
    const { status, body: refusal } = await ask(`/api/${path}`);
    expect([501, 404]).toContain(status);
    expect(["NOT_IMPLEMENTED", "ENDPOINT_NOT_FOUND"]).toContain(refusal.error_code);
  });
});
