/** Answers of the page's files (mlflow/server/__init__.py, serve and serve_static_file). */
import { MlflowError } from "../platform/errors.ts";
import { Reply } from "../platform/http/reply.ts";
import type { Request } from "../platform/http/request.ts";
import { shown } from "../platform/shown.ts";
import { type BundleFile, type Encoding, entryName, installedBundle, readBundleFile } from "./bundle.ts";

/** The page itself, which names the current files and so is never kept. */
export async function entryPage(request: Request): Promise<Reply> {
  const bundle = await installedBundle();
  const entry = bundle?.files[entryName];
  if (!entry)
    return new Reply(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" }, noPage);
  const encoding = entry.compressed ? bestEncoding(request) : undefined;
  return new Reply(
    200,
    { ...describe(entry, encoding), "cache-control": "no-store" },
    await readBundleFile(entryName, entry, encoding),
  );
}

const noPage = `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="5"><title>MLflow</title>
<body style="font: 16px/1.5 system-ui; max-width: 40em; margin: 4em auto">
<h1>MLflow is running</h1>
<p>Its API is served, and this page becomes MLflow's own as soon as <code>npm start</code> has fetched that; if it does not,
run <code>npm run ui</code> where Python with pip and the network are at hand (and deploy again, if this is a deployment).</p>
</body></html>
`;

/** @throws MlflowError 404 for a path the bundle does not list */
export async function staticFile(path: string, request: Request): Promise<Reply> {
  const bundle = await installedBundle();
  const file = bundle && Object.hasOwn(bundle.files, path) ? bundle.files[path] : undefined;
  if (!file) throw new MlflowError("NOT_FOUND", `The page has no file '${shown(path)}'`);
  const encoding = file.compressed ? bestEncoding(request) : undefined;
  const headers = { ...describe(file, encoding), "cache-control": caching(path) };
  if (matches(request.header("if-none-match"), headers.etag)) return new Reply(304, headers);
  return new Reply(200, headers, await readBundleFile(path, file, encoding));
}

function describe({ type, hash, compressed }: BundleFile, encoding: Encoding | undefined) {
  return {
    "content-type": type,
    // One for each encoding: the bytes differ.
    etag: `"${hash}${encoding ? `-${encoding}` : ""}"`,
    ...(encoding && { "content-encoding": encoding }),
    ...(compressed && { vary: "Accept-Encoding" }),
  };
}

const caching = (path: string) =>
  /\.[0-9a-f]{8,}\./.test(path) ? "public, max-age=31536000, immutable" : "public, no-cache";

const matches = (condition: string | undefined, etag: string) =>
  (condition ?? "").split(",").some((item) => ["*", etag].includes(item.trim().replace(/^W\//, "")));

function bestEncoding(request: Request): Encoding | undefined {
  const accepted = new Map(
    (request.header("accept-encoding") ?? "").split(",").map((item) => {
      const [name = "", quality = ""] = item.split(";");
      return [name.trim().toLowerCase(), !/^\s*q=0(\.0*)?\s*$/.test(quality)];
    }),
  );
  return (["br", "gzip"] as const).find((encoding) => accepted.get(encoding) ?? false);
}
