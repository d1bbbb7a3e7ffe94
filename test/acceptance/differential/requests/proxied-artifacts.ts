import { each, type Recorded, raw, requestsOf } from "../request.ts";

const { get, post, put, remove, any } = requestsOf("mlflow-artifacts", "/api/2.0/mlflow-artifacts");
const file = (name: string, path: string, content: string | Buffer = `content of ${path}`) =>
  put(name, `/artifacts/${path}`, raw(content));

const transfer = [
  get("list the empty root", "/artifacts"),
  file("upload", "top.txt"),
  file("upload into a folder", "dir/one.txt"),
  file("upload a second", "dir/two.json", '{"a":1}'),
  file("upload deeper", "dir/sub/deep.txt"),
  file("upload beside odd names", "odd/kept.txt"),
  file("upload one byte", "dir/byte", "x"),
  file("upload over another", "top.txt", "changed"),
  file("upload binary", "dir/binary.bin", Buffer.from([0, 255, 128, 10, 13])),
  put("upload nothing", "/artifacts/dir/empty.txt", raw(""), { headers: { "content-length": "0" } }),
  ...each(
    [
      "dir/a%20b.txt",
      "dir/%C3%BC.txt",
      "dir/%F0%9F%9A%80.txt",
      "dir/100%25.txt",
      "dir/a+b.txt",
      "dir/a%2Bb.txt",
      "dir/a&b=c.txt",
      "odd/a%3Fb.txt",
      "dir/a;b.txt",
      "dir/a'b(c).txt",
      "dir/a~b@c.txt",
      "dir/.hidden",
      "odd/a%2Fb.txt",
    ],
    (path) => file(`upload as ${path}`, path),
  ),
  get("download", "/artifacts/top.txt"),
  get("download from a folder", "/artifacts/dir/one.txt"),
  get("download JSON", "/artifacts/dir/two.json"),
  get("download the empty file", "/artifacts/dir/empty.txt"),
  ...each(
    [
      "dir/a%20b.txt",
      "dir/%C3%BC.txt",
      "dir/%F0%9F%9A%80.txt",
      "dir/100%25.txt",
      "dir/a+b.txt",
      "dir/a%2Bb.txt",
      "dir/a&b=c.txt",
      "odd/a%3Fb.txt",
      "dir/a;b.txt",
      "dir/a'b(c).txt",
      "dir/a~b@c.txt",
      "dir/.hidden",
      "odd/a%2Fb.txt",
      "odd/a/b.txt",
    ],
    (path) => get(`download ${path}`, `/artifacts/${path}`),
  ),
  get("download a missing file", "/artifacts/dir/nope.txt"),
  get("download a folder", "/artifacts/dir"),
  any("download through ajax-api", "GET", "/ajax-api/2.0/mlflow-artifacts/artifacts/top.txt"),
  any("HEAD", "HEAD", "/api/2.0/mlflow-artifacts/artifacts/top.txt"),
];

const list = [
  get("list the root", "/artifacts"),
  get("list with an empty path", "/artifacts", { path: "" }),
  get("list a folder", "/artifacts", { path: "dir" }),
  get("list a folder with a slash", "/artifacts", { path: "dir/" }),
  get("list a deeper folder", "/artifacts", { path: "dir/sub" }),
  get("list a file", "/artifacts", { path: "top.txt" }),
  get("list nothing", "/artifacts", { path: "nope" }),
  get("list a part of a name", "/artifacts", { path: "di" }),
  get("list a dot", "/artifacts", { path: "." }),
  get("list a folder by dots", "/artifacts", { path: "./dir/." }),
  get("list with a camelCase field", "/artifacts", { Path: "dir" }),
  get("list at a path with a slash", "/artifacts/"),
];

const traversals = [
  "../x",
  "..",
  "dir/../../x",
  "dir/../top.txt",
  "%2e%2e/x",
  "%2e%2e%2fx",
  "..%2fx",
  "..%5cx",
  "%252e%252e%252fx",
  "%25252e%25252e/x",
  "..%c0%afx",
  "/etc/passwd",
  "%2fetc%2fpasswd",
  "//etc/passwd",
  "C:%5Cx",
  "C:/x",
  "file:///etc/passwd",
  "~/x",
  "dir/./one.txt",
  "dir//one.txt",
  "dir/%00",
  "..;/x",
  "%u002e%u002e/x",
  "dir%5c..%5c..%5cx",
  "....//x",
  "dir/%20../x",
  "dir/..%00/x",
  "%ff",
];

const refused: Recorded[] = [
  file("upload as hash/a%23b.txt", "hash/a%23b.txt"),
  get("download hash/a%23b.txt", "/artifacts/hash/a%23b.txt"),
  ...each(traversals, (path) => get(`download ${path}`, `/artifacts/${path}`)),
  ...each(traversals.slice(0, 20), (path) => file(`upload to ${path}`, path)),
  ...each(
    ["..", "../..", "dir/../..", "%2e%2e", "/", "/etc", "C:\\", "file:/etc", "dir/../dir", "a\0b", "..\\x"],
    (path) => get(`list ${path}`, "/artifacts", { path }),
  ),
  ...each(["..", "%2e%2e/x", "dir/../..", "/etc/x"], (path) => remove(`delete ${path}`, `/artifacts/${path}`)),
];

const mpu = (name: string, action: string, path: string, body: unknown) =>
  post(`${action} ${name}`, `/mpu/${action}/${path}`, body);

const multipart = [
  mpu("a small upload", "create", "up", { path: "file.bin", num_parts: 1 }),
  mpu("of several parts", "create", "up", { path: "file.bin", num_parts: 3 }),
  mpu("without path", "create", "up", { num_parts: 1 }),
  mpu("without parts", "create", "up", { path: "file.bin" }),
  ...each([0, -1, "2", "abc", 1.5, 50001], (num_parts, shown) =>
    mpu(`of ${shown} parts`, "create", "up", { path: "file.bin", num_parts }),
  ),
  mpu("above the root", "create", "../up", { path: "file.bin", num_parts: 1 }),
  mpu("above the root, encoded", "create", "%2e%2e/up", { path: "file.bin", num_parts: 1 }),
  mpu("with a path of dots", "create", "up", { path: "..", num_parts: 1 }),
  mpu("with a path that ends in dots", "create", "up", { path: "a\\..", num_parts: 1 }),
  mpu("with an empty body", "create", "up", {}),
  mpu("of an unknown upload", "complete", "up", {
    path: "file.bin",
    upload_id: "nope",
    parts: [{ part_number: 1, etag: "", url: "http://host/x" }],
  }),
  mpu("without parts", "complete", "up", { path: "file.bin", upload_id: "nope" }),
  mpu("without path", "complete", "up", { upload_id: "nope", parts: [] }),
  mpu("of no parts", "complete", "up", { path: "file.bin", upload_id: "nope", parts: [] }),
  mpu("above the root", "complete", "../up", {
    path: "file.bin",
    upload_id: "nope",
    parts: [{ part_number: 1, etag: "", url: "http://host/x" }],
  }),
  mpu("with bad parts", "complete", "up", { path: "file.bin", upload_id: "nope", parts: "x" }),
  mpu("of an unknown upload", "abort", "up", { path: "file.bin", upload_id: "nope" }),
  mpu("without upload id", "abort", "up", { path: "file.bin" }),
  mpu("without path", "abort", "up", { upload_id: "nope" }),
  mpu("above the root", "abort", "../up", { path: "file.bin", upload_id: "nope" }),
  get("presigned", "/presigned/top.txt"),
  get("presigned of a missing file", "/presigned/nope.txt"),
  get("presigned above the root", "/presigned/../x"),
  get("presigned above the root, encoded", "/presigned/%2e%2e/x"),
];

const deletion = [
  remove("delete a file", "/artifacts/dir/one.txt"),
  remove("delete it again", "/artifacts/dir/one.txt"),
  get("download the deleted", "/artifacts/dir/one.txt"),
  remove("delete a folder", "/artifacts/dir"),
  get("list the deleted folder", "/artifacts", { path: "dir" }),
  get("list the root after", "/artifacts"),
  remove("delete the root", "/artifacts/"),
  remove("delete nothing", "/artifacts"),
  post("upload with POST", "/artifacts/x.txt", raw("x")),
];

// Last, for stock stores some of these where we refuse: what it then lists would differ.
export const proxiedArtifacts = [...transfer, ...list, ...multipart, ...deletion, ...refused];
