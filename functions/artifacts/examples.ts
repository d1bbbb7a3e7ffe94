/** One input of each route that sends SQL, for `npm run sql`. */

const run_id = "0123456789abcdef0123456789abcdef";

export const examples = {
  "GET artifacts/list": { input: { run_id, path: "model" } },
  "POST artifacts/presigned-download-url": { input: { run_id, path: "model/MLmodel" } },
  "POST artifacts/presigned-upload-url": { input: { run_id, path: "model/MLmodel" } },
};
