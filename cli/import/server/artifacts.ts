/** Files that a tracking server hands out. */
import { Readable } from "node:stream";
import { splitUri } from "../../../shared/artifacts/uri.ts";
import { Refusal } from "../../../shared/tools/refusal.ts";
import type { Place, SourceFile } from "../source.ts";
import type { Json, Server } from "./client.ts";
import { list } from "./fields.ts";
import { spansText } from "./traces.ts";

/** No name in Blob Storage is longer. */
const longestPath = 1024;

/** How the files of a kind of place are listed and fetched. */
interface Routes {
  list(path: string, page: Record<string, string>): Promise<Json>;
  /** Paths in a listing are below the place, or below what was listed. */
  isRelative: boolean;
  content(path: string): string;
}

const query = (members: Record<string, string>) => new URLSearchParams(members).toString();

function routesOf(server: Server, { kind, id, uri }: Place): Routes | undefined {
  const proxied = proxiedPath(uri);
  if (proxied !== undefined) {
    const at = (path: string) => [proxied, path].filter(Boolean).join("/");
    return {
      list: (path) => server.get("/api/2.0/mlflow-artifacts/artifacts", { path: at(path) }),
      isRelative: true,
      content: (path) => `/api/2.0/mlflow-artifacts/artifacts/${at(path).split("/").map(encodeURIComponent).join("/")}`,
    };
  }
  // No route lists those that lie in no run and not below the server's own proxy.
  if (kind === "model_version") return undefined;
  if (kind === "logged_model")
    return {
      list: (path, page) =>
        server.get(`/api/2.0/mlflow/logged-models/${id}/artifacts/directories`, {
          ...(path && { artifact_directory_path: path }),
          ...page,
        }),
      isRelative: false,
      content: (path) =>
        `/ajax-api/2.0/mlflow/logged-models/${id}/artifacts/files?${query({ artifact_file_path: path })}`,
    };
  return {
    list: (path, page) => server.get("/api/2.0/mlflow/artifacts/list", { run_id: id, ...(path && { path }), ...page }),
    isRelative: false,
    content: (path) => `/get-artifact?${query({ run_id: id, run_uuid: id, path })}`,
  };
}

/** Below the root of the server's own proxy. */
function proxiedPath(uri: string): string | undefined {
  const { scheme, path } = splitUri(uri);
  if (scheme === "mlflow-artifacts") return path.replace(/^\/+/, "");
  const at = path.indexOf("/mlflow-artifacts/artifacts/");
  return scheme.startsWith("http") && at >= 0 ? path.slice(at + "/mlflow-artifacts/artifacts/".length) : undefined;
}

/** @param spansAreRows of a trace: its spans do not lie in a file */
export function filesOf(server: Server, place: Place, spansAreRows: boolean): AsyncIterable<SourceFile> {
  if (place.kind === "trace") return spansAreRows ? nothing() : spansFile(server, place.id);
  const routes = routesOf(server, place);
  return routes ? walk(server, routes, "") : nothing();
}

async function* nothing(): AsyncIterable<SourceFile> {}

async function* walk(server: Server, routes: Routes, folder: string): AsyncIterable<SourceFile> {
  for await (const page of server.pages("files", (token) => routes.list(folder, token)))
    for (const { path: named, is_dir: isFolder, file_size: size } of list(page)) {
      const path = routes.isRelative && folder !== "" ? `${folder}/${named}` : String(named);
      if (folder !== "" && !path.startsWith(`${folder}/`))
        throw new Refusal(`${server.address} lists '${path.slice(0, 200)}' in the folder '${folder}'.`);
      if (path.length > longestPath) throw new Refusal(`${server.address} lists a path of ${path.length} characters.`);
      if (isFolder) yield* walk(server, routes, path);
      else yield { path, size: Number(size ?? 0), open: () => server.content(routes.content(path)) };
    }
}

async function* spansFile(server: Server, id: string): AsyncIterable<SourceFile> {
  const answer = await server.ifThere(spansText(server, id).then((text) => ({ text })));
  if (!answer) return;
  const content = Buffer.from(String(answer.text));
  yield { path: "traces.json", size: content.length, open: () => Readable.from([content]) };
}
