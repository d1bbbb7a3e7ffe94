/** Nothing about anyone's use of the page leaves the app. */
export const telemetryConfig = () => ({
  disable_ui_telemetry: true,
  disable_ui_events: [],
  ui_rollout_percentage: 0,
});

export const dropTelemetry = () => ({ status: "disabled" });
