import { each, raw, requestsOf } from "../request.ts";

const { get, post, any } = requestsOf("artifacts", "/api/2.0/mlflow");
const unknown = "0123456789abcdef0123456789abcdef";
const upload = (name: string, path: string) =>
  any(name, "PUT", `/api/2.0/mlflow-artifacts/artifacts/${path}`, { body: raw(`content of ${name}`) });
const page = (name: string, path: string, query?: Record<string, string>) => any(name, "GET", path, { query });
const logged = "/ajax-api/2.0/mlflow/logged-models/$model/artifacts/files";

export const artifacts = [
  post("an experiment", "/experiments/create", { name: "artifacts" }, { save: { exp: "experiment_id" } }),
  post(
    "a run",
    "/runs/create",
    { experiment_id: "$exp", start_time: 1, run_name: "a" },
    { save: { run: "run.info.run_id" } },
  ),
  post(
    "a logged model",
    "/logged-models",
    { experiment_id: "$exp", name: "m" },
    { save: { model: "model.info.model_id" } },
  ),
  get("list none", "/artifacts/list", { run_id: "$run" }),
  upload("upload one", "$exp/$run/artifacts/one.txt"),
  upload("upload into a folder", "$exp/$run/artifacts/dir/two.txt"),
  upload("upload with a space", "$exp/$run/artifacts/dir/a%20b%25.txt"),
  upload("upload deeper", "$exp/$run/artifacts/dir/sub/three.txt"),
  upload("upload to the model", "$exp/models/$model/artifacts/MLmodel"),
  upload("upload deeper to the model", "$exp/models/$model/artifacts/data/x.json"),
  get("list", "/artifacts/list", { run_id: "$run" }),
  get("list by run_uuid", "/artifacts/list", { run_uuid: "$run" }),
  get("list a folder", "/artifacts/list", { run_id: "$run", path: "dir" }),
  get("list a folder with a slash", "/artifacts/list", { run_id: "$run", path: "dir/" }),
  get("list a file", "/artifacts/list", { run_id: "$run", path: "one.txt" }),
  get("list a missing folder", "/artifacts/list", { run_id: "$run", path: "nope" }),
  get("list an empty path", "/artifacts/list", { run_id: "$run", path: "" }),
  get("list with a token", "/artifacts/list", { run_id: "$run", page_token: "nonsense" }),
  get("list without run", "/artifacts/list"),
  get("list an unknown run", "/artifacts/list", { run_id: unknown }),
  ...each(["..", "../..", "dir/../..", "%2e%2e", "/etc", "/", "file:///etc", "C:\\x", "dir/../dir", "..\\x"], (path) =>
    get(`list ${path}`, "/artifacts/list", { run_id: "$run", path }),
  ),
  get("list the model", "/logged-models/$model/artifacts/directories"),
  get("list the model's folder", "/logged-models/$model/artifacts/directories", { artifact_directory_path: "data" }),
  page("get-artifact", "/get-artifact", { run_id: "$run", path: "one.txt" }),
  page("get-artifact by run_uuid", "/get-artifact", { run_uuid: "$run", path: "dir/two.txt" }),
  page("get-artifact of a missing file", "/get-artifact", { run_id: "$run", path: "nope.txt" }),
  page("get-artifact above the root", "/get-artifact", { run_id: "$run", path: "../x" }),
  page("get-artifact of an unknown run", "/get-artifact", { run_id: unknown, path: "one.txt" }),
  page("get a file of the model", logged, { artifact_file_path: "MLmodel" }),
  page("get a missing file of the model", logged, { artifact_file_path: "nope" }),
  page("get a file above the model", logged, { artifact_file_path: "../x" }),
  page("get no file of the model", logged),
  post("a registered model", "/registered-models/create", { name: "artifacts" }),
  post("a version from the run", "/model-versions/create", {
    name: "artifacts",
    source: "mlflow-artifacts:/$exp/$run/artifacts/dir",
    run_id: "$run",
  }),
  page("model-versions/get-artifact", "/model-versions/get-artifact", {
    name: "artifacts",
    version: "1",
    path: "two.txt",
  }),
  page("model-versions/get-artifact of a missing file", "/model-versions/get-artifact", {
    name: "artifacts",
    version: "1",
    path: "nope",
  }),
  page("model-versions/get-artifact of an unknown version", "/model-versions/get-artifact", {
    name: "artifacts",
    version: "9",
    path: "two.txt",
  }),
  page("model-versions/get-artifact above the root", "/model-versions/get-artifact", {
    name: "artifacts",
    version: "1",
    path: "../one.txt",
  }),
  post("presigned upload without run and model", "/artifacts/presigned-upload-url", { path: "x" }),
  post("presigned upload with both", "/artifacts/presigned-upload-url", {
    path: "x",
    run_id: "$run",
    model_id: "$model",
  }),
  post("presigned upload without path", "/artifacts/presigned-upload-url", { run_id: "$run" }),
  post("presigned upload above the root", "/artifacts/presigned-upload-url", { run_id: "$run", path: "../x" }),
  post("presigned upload to an unknown run", "/artifacts/presigned-upload-url", { run_id: unknown, path: "x" }),
  post("presigned upload to an unknown model", "/artifacts/presigned-upload-url", {
    model_id: `m-${unknown}`,
    path: "x",
  }),
  post("presigned upload to a run", "/artifacts/presigned-upload-url", { run_id: "$run", path: "x" }),
  post("presigned download without run", "/artifacts/presigned-download-url", { path: "x" }),
  post("presigned download without path", "/artifacts/presigned-download-url", { run_id: "$run" }),
  post("presigned download above the root", "/artifacts/presigned-download-url", { run_id: "$run", path: "../x" }),
  ...each([0, -1, 604801, "abc"], (expiration, shown) =>
    post(`presigned download for ${shown} seconds`, "/artifacts/presigned-download-url", {
      run_id: "$run",
      path: "one.txt",
      expiration,
    }),
  ),
  post("presigned download from a run", "/artifacts/presigned-download-url", { run_id: "$run", path: "one.txt" }),
  any("upload-artifact", "POST", "/ajax-api/2.0/mlflow/upload-artifact", {
    query: { run_uuid: "$run", path: "ui/up.txt" },
    body: raw("from the page"),
  }),
  any("upload-artifact without path", "POST", "/ajax-api/2.0/mlflow/upload-artifact", {
    query: { run_uuid: "$run" },
    body: raw("x"),
  }),
  get("list after the upload", "/artifacts/list", { run_id: "$run" }),
];
