import type { Example, Given } from "../example.ts";
import { v2 } from "../world.ts";

const artifact = "/api/2.0/mlflow-artifacts/artifacts/**:artifact_path";
const multipart = (of: string) => `POST /api/2.0/mlflow-artifacts/mpu/${of}/**:artifact_path`;

const inRun = ({ own }: Given) => `${own.experiment}/${own.run}/artifacts`;

interface Begun {
  upload_id?: string;
  credentials?: { url: string; part_number: number; headers?: Record<string, string> }[];
}

/** Begins an upload as the admin, and sends its part where the server has it sent. */
async function begun(it: Given) {
  const path = `${it.world.unique("file")}.txt`;
  const artifact_path = inRun(it);
  const body = { path, num_parts: 1 };
  const { upload_id = "none", credentials = [] }: Begun = await it.world
    .do(multipart("create"), { path: { artifact_path }, body })
    .catch(() => ({}));
  for (const { url, headers } of credentials) await fetch(url, { method: "PUT", headers, body: "content" });
  const parts = credentials.map(({ part_number, url }) => ({ part_number, etag: "", url }));
  return {
    path: { artifact_path },
    upload: { path, upload_id },
    parts: parts.length > 0 ? parts : [{ part_number: 1 }],
  };
}

const ofRuns: Example[] = [
  { at: `GET ${v2}/artifacts/list`, ask: ({ own }) => ({ query: { run_id: own.run } }) },
  {
    at: `POST ${v2}/artifacts/presigned-download-url`,
    ask: ({ own }) => ({ body: { run_id: own.run, path: "one.txt" } }),
  },
  {
    at: `POST ${v2}/artifacts/presigned-upload-url`,
    ask: ({ own }) => ({ body: { run_id: own.run, path: "two.txt" } }),
  },
  {
    at: `POST ${v2}/artifacts/presigned-upload-url`,
    of: "of a logged model",
    ask: ({ own }) => ({ body: { model_id: own.loggedModel, path: "two.txt" } }),
  },
  { at: "GET /get-artifact", ask: ({ own }) => ({ query: { run_id: own.run, path: "one.txt" } }) },
  {
    at: "HEAD /get-artifact",
    hole: {
      why: "Stock refuses HEAD to all but admins, or grants it to all where routes without a rule are open.",
      caller: "reader",
      stock: "403",
      ours: "200",
    },
    ask: ({ own }) => ({ query: { run_id: own.run, path: "one.txt" } }),
  },
  {
    at: "GET /get-artifact",
    of: "absent run",
    absent: true,
    ask: () => ({ query: { run_id: "f".repeat(32), path: "one.txt" } }),
  },
  {
    at: "GET /model-versions/get-artifact",
    async ask({ own, world }) {
      const source = `mlflow-artifacts:/${own.experiment}/${own.run}/artifacts`;
      const body = { name: own.model, source, run_id: own.run };
      const { model_version } = await world.do(`POST ${v2}/model-versions/create`, { body });
      return { query: { name: own.model, version: model_version.version, path: "one.txt" } };
    },
  },
  {
    at: "POST /ajax-api/2.0/mlflow/upload-artifact",
    ask: (it) => ({
      query: { run_uuid: it.own.run, path: `${it.world.unique("file")}.txt` },
      raw: "content",
      type: "application/octet-stream",
    }),
  },
];

const proxied: Example[] = [
  {
    at: "GET /api/2.0/mlflow-artifacts/artifacts",
    of: "a run's",
    ask: (it) => ({ query: { path: inRun(it) } }),
  },
  {
    at: "GET /api/2.0/mlflow-artifacts/artifacts",
    of: "root",
    owner: "nobody",
    hole: {
      why: "Stock shows the names of all experiments' folders to whoever has signed in.",
      caller: "denied",
      stock: "200",
      ours: "403 PERMISSION_DENIED",
    },
    ask: () => ({}),
  },
  { at: `GET ${artifact}`, of: "a run's", ask: (it) => ({ path: { artifact_path: `${inRun(it)}/one.txt` } }) },
  {
    at: `GET ${artifact}`,
    of: "a logged model's",
    owner: "logged model",
    ask: ({ own }) => ({
      path: { artifact_path: `${own.experiment}/models/${own.loggedModel}/artifacts/one.txt` },
    }),
  },
  {
    at: `PUT ${artifact}`,
    of: "a run's",
    ask: (it) => ({ path: { artifact_path: `${inRun(it)}/${it.world.unique("file")}.txt` }, raw: "content" }),
  },
  {
    at: `DELETE ${artifact}`,
    of: "a run's",
    async ask(it) {
      const artifact_path = `${inRun(it)}/${it.world.unique("file")}.txt`;
      await it.world.upload(artifact_path);
      return { path: { artifact_path } };
    },
  },
  {
    at: multipart("create"),
    ask: (it) => ({
      path: { artifact_path: inRun(it) },
      body: { path: `${it.world.unique("file")}.txt`, num_parts: 1 },
    }),
  },
  {
    at: multipart("complete"),
    async ask(it) {
      const { path, upload, parts } = await begun(it);
      return { path, body: { ...upload, parts } };
    },
  },
  {
    at: multipart("abort"),
    async ask(it) {
      const { path, upload } = await begun(it);
      return { path, body: upload };
    },
  },
  {
    at: "GET /api/2.0/mlflow-artifacts/presigned/**:artifact_path",
    ask: (it) => ({ path: { artifact_path: `${inRun(it)}/one.txt` } }),
  },
];

export const artifacts = [...ofRuns, ...proxied];
