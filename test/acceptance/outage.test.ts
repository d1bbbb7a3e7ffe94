import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { type App, aDatabase, startApp } from "../support/app.ts";
import { aProxy, type TcpProxy } from "../support/proxy.ts";
import { venv } from "./venv.ts";

const outage = 90_000;
const steps = 100;

let app: App;
let proxy: TcpProxy;
let database: Awaited<ReturnType<typeof aDatabase>>;
beforeAll(async () => {
  database = await aDatabase();
  proxy = await aProxy(database.uri);
  app = await startApp({ MLFLOW_BACKEND_STORE_URI: proxy.uri });
});
afterAll(async () => {
  await app.close();
  await proxy.cut();
  await database.drop();
});

it("a training that logs a metric each 100 ms rides out 90 s without a database", async () => {
  const script = promisify(execFile)(
    join(await venv(mlflowVersion), "bin/python"),
    [resolve("test/acceptance/outage.py"), String(steps)],
    {
      env: {
        ...process.env,
        MLFLOW_TRACKING_URI: app.url,
        MLFLOW_DISABLE_TELEMETRY: "true",
        DO_NOT_TRACK: "true",
        GIT_PYTHON_REFRESH: "quiet",
      },
    },
  );
  let ended = false;
  script
    .finally(() => {
      ended = true;
    })
    .catch(() => {});
  const logging = () => app.log.some(({ path, status }) => path.endsWith("/runs/log-metric") && status === 200);
  while (!logging() && !ended) await pause(50);
  await proxy.cut();
  await pause(outage);
  expect(ended).toBe(false);
  expect(app.log.some(({ status }) => status === 429)).toBe(true);
  await proxy.mend();
  await script;
  const { rows } = await app.db.query("SELECT step::int FROM metrics ORDER BY step");
  expect(rows.map(({ step }) => step)).toEqual(Array.from({ length: steps }, (_, step) => step));
});
