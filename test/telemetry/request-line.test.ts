import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type App, startApp } from "../support/app.ts";
import { ArtifactsClient, aDestination } from "../support/artifacts.ts";

interface Line {
  level: string;
  functionName: string;
  invocation: string;
  written: Record<string, unknown>;
}

/** The requests' lines in an app's log, without the others. */
const linesOf = (app: App): Line[] =>
  app.lines.flatMap((line) => {
    const [, level, functionName, invocation, json] = /^(\w+) (\S+) (\S+): (\{"route".*\})$/.exec(line) ?? [];
    return json
      ? [{ level: level!, functionName: functionName!, invocation: invocation!, written: JSON.parse(json) }]
      : [];
  });

async function lineOf(app: App, work: () => Promise<unknown>): Promise<Line> {
  const before = linesOf(app).length;
  await work();
  const lines = linesOf(app).slice(before);
  expect(lines).toHaveLength(1);
  return lines[0]!;
}

const experiment = (app: App, id: string) => app.get("/api/2.0/mlflow/experiments/get", { experiment_id: id });

/** Has a request wait for a lock so many milliseconds. */
async function whileLocked(app: App, milliseconds: number, ask: () => Promise<unknown>): Promise<void> {
  const locking = await app.db.connect();
  await locking.query("BEGIN; LOCK TABLE experiments IN ACCESS EXCLUSIVE MODE");
  const answer = ask();
  await expect.poll(async () => (await app.db.query(waiting)).rows[0].count, { timeout: 20_000 }).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  await locking.query("COMMIT");
  locking.release();
  await answer;
}
const waiting = "SELECT count(*)::int FROM pg_locks WHERE NOT granted AND relation = 'experiments'::regclass";

describe("a request's line in the log", () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp({ ...aDestination(), MLFLOW_FUNCTIONS_LOG_SAMPLE: "1" });
  });
  afterAll(() => app.close());

  it("has the route, the status, the times, the invocation and who asked", async () => {
    const { level, functionName, invocation, written } = await lineOf(app, () => experiment(app, "0"));
    expect([level, functionName]).toEqual(["information", "experiments"]);
    expect(written).toEqual({
      route: "GET 2.0/mlflow/experiments/get",
      status: 200,
      ms: expect.any(Number),
      database_ms: expect.any(Number),
      storage_ms: 0,
      request_id: invocation,
      user: "anonymous",
    });
  });

  it("is information with the error's code where the request is refused", async () => {
    const { level, written } = await lineOf(app, () => experiment(app, "77"));
    expect(level).toBe("information");
    expect(written).toMatchObject({ status: 404, error_code: "RESOURCE_DOES_NOT_EXIST" });
  });

  it("is an error where the app answers 500", async () => {
    const headers = { "x-mlflow-workspace": "other" };
    const work = () => app.request("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0", { headers });
    const { level, written } = await lineOf(app, work);
    expect(level).toBe("error");
    expect(written).toMatchObject({ status: 500, error_code: "FEATURE_DISABLED" });
  });

  it("is information where a route is not implemented", async () => {
    const { level, written } = await lineOf(app, () => app.get("/api/2.0/mlflow/webhooks"));
    expect([level, written.status]).toEqual(["information", 501]);
  });

  it("names no route where there is none", async () => {
    const { written } = await lineOf(app, () => app.get("/api/2.0/mlflow/experiments/of-someone"));
    expect(written).toMatchObject({ route: "unknown", status: 404, error_code: "ENDPOINT_NOT_FOUND" });
  });

  it("says how long the request waited for the database", async () => {
    const { written } = await lineOf(app, () => whileLocked(app, 300, () => experiment(app, "0")));
    expect(written.database_ms).toBeGreaterThan(200);
    expect(written.ms).toBeGreaterThanOrEqual(Number(written.database_ms));
  });

  it("says how long a transaction took", async () => {
    const { written } = await lineOf(app, () => app.post("/api/2.0/mlflow/experiments/create", { name: "of a line" }));
    expect(written.database_ms).toBeGreaterThan(0);
  });

  it("says how long the request waited for storage", async () => {
    const client = new ArtifactsClient(app.url);
    const { written } = await lineOf(app, () => client.create("lines", "a.bin", 1));
    expect(written.route).toBe("POST 2.0/mlflow-artifacts/mpu/create/**:artifact_path");
    expect(written.storage_ms).toBeGreaterThan(0);
    expect(written.ms).toBeGreaterThanOrEqual(Number(written.storage_ms));
  });
});

describe("without a share of the others", () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp({ MLFLOW_FUNCTIONS_LOG_SAMPLE: "0", MLFLOW_FUNCTIONS_LOG_SLOW_MS: "1000" });
    await experiment(app, "0");
  });
  afterAll(() => app.close());

  it("what was refused is written, and what went well is not", async () => {
    const before = linesOf(app).length;
    for (let request = 0; request < 5; request++) expect((await app.get("/health")).status).toBe(200);
    for (let request = 0; request < 3; request++) expect((await experiment(app, "77")).status).toBe(404);
    const statuses = linesOf(app)
      .slice(before)
      .map(({ written }) => written.status);
    // On a busy machine something may be slow.
    expect(statuses.filter((status) => status === 404)).toHaveLength(3);
    expect(statuses.length).toBeLessThan(8);
  });

  it("what was slow is written", async () => {
    const { written } = await lineOf(app, () => whileLocked(app, 1_200, () => experiment(app, "0")));
    expect(written.status).toBe(200);
  });
});

describe("with sign-in", () => {
  const password = "a-password-of-tests";
  let app: App;
  beforeAll(async () => {
    app = await startApp({
      MLFLOW_FUNCTIONS_LOG_SAMPLE: "1",
      MLFLOW_FUNCTIONS_AUTH: "basic",
      MLFLOW_AUTH_ADMIN_USERNAME: "someone",
      MLFLOW_AUTH_ADMIN_PASSWORD: password,
    });
  });
  afterAll(() => app.close());
  const asking = (given: string) => {
    const authorization = `Basic ${Buffer.from(`someone:${given}`).toString("base64")}`;
    return app.request("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0", { headers: { authorization } });
  };

  it("the line names who signed in, and says how long that took", async () => {
    const { written } = await lineOf(app, () => asking(password));
    expect(written).toMatchObject({ status: 200, user: "someone" });
    expect(written.sign_in_ms).toBeGreaterThan(0);
  });

  it("it names nobody where sign-in failed", async () => {
    const { written } = await lineOf(app, () => asking("another-password"));
    expect(written).toMatchObject({ status: 401, error_code: "UNAUTHENTICATED" });
    expect(written).not.toHaveProperty("user");
  });
});
