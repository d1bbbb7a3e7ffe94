/** The deployed app, asked as its clients ask it: by MLflow's REST API and by SAS. */
import { Stop } from "./hook.mjs";
import { orNothing, Refused, request } from "./http.mjs";

const secondsEach = 60;

/** @param token makes the token of whoever deploys: it may end while a hook waits */
export const tracking = (url, token) => {
  const call = async (method, path, body) => request(method, `${url}/api/2.0/${path}`, { token: await token(), body });
  return {
    get: (path, query = {}) => call("GET", `${path}?${new URLSearchParams(query)}`),
    post: (path, body) => call("POST", path, body),
    health: () => healthOf(url, token),
  };
};

/**
 * What still keeps the app from working, in words; undefined if it is healthy.
 * @throws Refused where the app does not let the caller in
 */
async function healthOf(url, token) {
  let response;
  try {
    const headers = { authorization: `Bearer ${await token()}` };
    response = await fetch(`${url}/health?deep`, { headers, signal: AbortSignal.timeout(secondsEach * 1000) });
  } catch (error) {
    if (error instanceof Stop) throw error;
    return `${url} can't be reached (${error.cause?.code ?? error.name})`;
  }
  const text = await response.text();
  const body = parsed(text);
  if (body.error_code === "PERMISSION_DENIED") throw new Refused("GET", url, response.status, body);
  if (body.status === "ok") return undefined;
  if (!body.checks) return `it answers ${response.status}: ${text.trim().slice(0, 200)}`;
  const failing = body.checks.filter(({ ok }) => !ok);
  return failing.map(({ name, message, mend }) => `${name}: ${message}${mend ? ` Mend: ${mend}` : ""}`).join("\n    ");
}

/** What is in front of an app that has not started yet answers no JSON. */
function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

const experimentName = "smoke test of the deployment";
const file = "smoke-test.txt";

/**
 * Logs a run with a param, a metric and a file, which goes to storage by SAS and comes back.
 * @returns the ids, for the page's address
 * @throws what the app or storage answered
 */
export async function logRun(app, when) {
  const experimentId = await anExperiment(app);
  const created = await app.post("mlflow/runs/create", {
    experiment_id: experimentId,
    run_name: `deployed ${when.toISOString()}`,
    start_time: when.getTime(),
  });
  const { run_id: runId, artifact_uri: root } = created.run.info;
  await app.post("mlflow/runs/log-batch", {
    run_id: runId,
    params: [{ key: "hook", value: "postdeploy" }],
    metrics: [{ key: "works", value: 1, timestamp: when.getTime(), step: 0 }],
  });
  const size = await roundTrip(app, root.replace(/^mlflow-artifacts:\/+/, ""), `Written by ${runId}\n`);
  await app.post("mlflow/runs/update", { run_id: runId, status: "FINISHED", end_time: Date.now() });
  return { experimentId, runId, size };
}

async function anExperiment(app) {
  const query = { experiment_name: experimentName };
  const found = await orNothing(app.get("mlflow/experiments/get-by-name", query));
  if (!found) return (await app.post("mlflow/experiments/create", { name: experimentName })).experiment_id;
  const { experiment_id: id, lifecycle_stage: stage } = found.experiment;
  if (stage === "deleted") await app.post("mlflow/experiments/restore", { experiment_id: id });
  return id;
}

async function roundTrip(app, folder, content) {
  const upload = await app.post(`mlflow-artifacts/mpu/create/${folder}`, { path: file, num_parts: 1 });
  const [{ url, headers, part_number }] = upload.credentials;
  await blob("PUT", url, { headers, body: content });
  await app.post(`mlflow-artifacts/mpu/complete/${folder}`, {
    path: file,
    upload_id: upload.upload_id,
    parts: [{ url, part_number, etag: "" }],
  });
  const download = await app.get(`mlflow-artifacts/presigned/${folder}/${file}`);
  const read = await blob("GET", download.url, { headers: download.headers });
  if (read !== content) throw new Error("The file that was read from storage is not the one that was written.");
  return read.length;
}

/** One request to Blob Storage. A SAS is a secret for as long as it lives, so the URL is in no message. */
async function blob(method, url, input) {
  const response = await fetch(url, { method, ...input, signal: AbortSignal.timeout(secondsEach * 1000) });
  const text = await response.text();
  if (response.ok) return text;
  const code = response.headers.get("x-ms-error-code") ?? "";
  throw new Error(`Storage (${new URL(url).host}) answered ${method} by SAS with ${response.status} ${code}`);
}
