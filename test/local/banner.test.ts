import { expect, it } from "vitest";
import { banner } from "../../local/banner.ts";

const options = { port: 7071, host: "127.0.0.1", dataDir: ".data", fresh: false, ui: true };
const host = { port: 7071 } as Parameters<typeof banner>[2];
const told = (settings: Record<string, string>) => banner(options, settings, host, 1000);

it("the banner says how to sign in where people do so with a password, and prints none", () => {
  expect(told({})).not.toContain("MLFLOW_TRACKING_USERNAME");
  const set = told({
    MLFLOW_FUNCTIONS_AUTH: "entra, basic",
    MLFLOW_AUTH_ADMIN_USERNAME: "Zoë",
    MLFLOW_AUTH_ADMIN_PASSWORD: "secret",
  });
  expect(set).toContain("export MLFLOW_TRACKING_USERNAME='Zoë' MLFLOW_TRACKING_PASSWORD=");
  expect(set).not.toContain("secret");
  expect(set).not.toContain("no admin yet");
  expect(told({ MLFLOW_FUNCTIONS_AUTH: "basic" })).toContain("MLFLOW_AUTH_ADMIN_PASSWORD has to be set");
});
