import { spawn } from "node:child_process";
import { join } from "node:path";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { freePort } from "../../shared/tools/processes.ts";
import { quiet } from "./python.ts";
import { venv } from "./venv.ts";

const dataframe_split = {
  columns: ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"],
  data: [
    [5.1, 3.5, 1.4, 0.2],
    [6.7, 3.0, 5.2, 2.3],
  ],
};

/** What a model of irises predicts of two flowers, by `mlflow models serve`; undefined where it does not start. */
export async function servedPredictions(model: string, env: Record<string, string>): Promise<unknown> {
  const port = await freePort("127.0.0.1");
  const bin = join(await venv(mlflowVersion), "bin");
  const args = ["models", "serve", "-m", model, "--env-manager", "local"];
  // Its own process group: the server is a tree of processes, and all of them have to end.
  const server = spawn(join(bin, "mlflow"), [...args, "--host", "127.0.0.1", "--port", String(port)], {
    env: { ...process.env, ...quiet, ...env, PATH: `${bin}:${process.env.PATH}` },
    stdio: "ignore",
    detached: true,
  });
  const score = () =>
    fetch(`http://127.0.0.1:${port}/invocations`, {
      method: "POST",
      body: JSON.stringify({ dataframe_split }),
      headers: { "content-type": "application/json" },
    }).catch(() => undefined);
  try {
    const deadline = Date.now() + 120_000;
    let answer = await score();
    while (!answer && server.exitCode === null && Date.now() < deadline) {
      await new Promise((done) => setTimeout(done, 500));
      answer = await score();
    }
    return ((await answer?.json()) as { predictions?: unknown } | undefined)?.predictions;
  } finally {
    if (server.pid && server.exitCode === null) process.kill(-server.pid, "SIGTERM");
  }
}
