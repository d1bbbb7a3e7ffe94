/** azd's postdeploy hook, and the smoke test of a pipeline: waits until the app is healthy, and logs a run by it. */
import { tokenForApp } from "./lib/azd.mjs";
import { hook, patience, required, Stop, say, waitUntil } from "./lib/hook.mjs";
import { Refused } from "./lib/http.mjs";
import { logRun, tracking } from "./lib/tracking.mjs";

await hook(async () => {
  const url = required("MLFLOW_TRACKING_URI", "the address of the app").replace(/\/+$/, "");
  const clientId = required("MLFLOW_SIGN_IN_CLIENT_ID", "the (client) id of the app registration");
  const app = tracking(url, () => tokenForApp(clientId));
  const seconds = patience("MLFLOW_SMOKE_TEST_SECONDS", 1200);
  say(`Smoke test of ${url}. The first start makes the database schema; a new role takes up to ten minutes.`);
  await waitUntil("The app", goingOn(app.health), seconds);
  let logged;
  const log = async () => {
    logged = await logRun(app, new Date());
  };
  await waitUntil("A run", goingOn(log), seconds);
  say(result(url, clientId, logged));
});

/** Faults that may pass are waited for. */
function goingOn(look) {
  return async () => {
    try {
      return await look();
    } catch (error) {
      if (error instanceof Stop) throw error;
      if (!(error instanceof Refused) || error.code !== "PERMISSION_DENIED") return error.message;
      throw new Stop(
        `${error.message}\nYour token has no app role Admin yet. Sign in again and repeat: azd auth login && azd deploy`,
      );
    }
  };
}

function result(url, clientId, { experimentId, runId, size }) {
  const token = `az account get-access-token --resource api://${clientId} --query accessToken --output tsv`;
  const lines =
    process.platform === "win32"
      ? [`$env:MLFLOW_TRACKING_URI = "${url}"`, `$env:MLFLOW_TRACKING_TOKEN = (${token})`]
      : [`export MLFLOW_TRACKING_URI=${url}`, `export MLFLOW_TRACKING_TOKEN=$(${token})`];
  return `
MLflow is up. A run was logged, and its file of ${size} bytes went to storage and came back by SAS:
  ${url}/#/experiments/${experimentId}/runs/${runId}

To use it from a laptop:
${["pip install mlflow", ...lines].map((line) => `  ${line}`).join("\n")}
`;
}
