import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "./support/app.ts";

describe.each([
  ["on all addresses", "0.0.0.0"],
  ["on addresses nobody has told it", ""],
])("an app %s, without sign-in", (_, host) => {
  let app: App;
  beforeAll(async () => {
    app = await startApp({ MLFLOW_FUNCTIONS_HOST: host });
  });
  afterAll(() => app.close());

  it("serves only its health, whatever Host it is told", async () => {
    expect((await app.request("GET", "/health")).status).toBe(200);
    for (const path of ["/version", "/api/3.0/mlflow/server-info", "/api/2.0/mlflow/experiments/get?experiment_id=0"]) {
      const { status, body } = await app.request("GET", path, { headers: { host: "localhost" } });
      expect(status).toBe(403);
      expect(body.error_code).toBe("PERMISSION_DENIED");
      expect(body.message).toContain("MLFLOW_FUNCTIONS_AUTH=none");
    }
  });
});
