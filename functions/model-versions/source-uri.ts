/** The forms a model version's source may have (mlflow/server/handlers.py, _validate_source_run and its neighbours). */
import { posix } from "node:path";
import { splitUri, type Uri } from "../../shared/artifacts/uri.ts";
import { normalizePath } from "../../shared/mlflow/rules.ts";
import { modelVersionErrors } from "../../shared/model-versions/errors.ts";
import type { VersionSelector } from "../../shared/model-versions/sources.ts";
import { decodeFully, unquote } from "../../shared/platform/percent.ts";

/** @throws INVALID_PARAMETER_VALUE for a path that leaves its root, or that is not in its shortest form */
export function checkAbsolute(source: string): void {
  if (isAbsolute(decodeFully(source.replaceAll("+", " ")))) return;
  throw modelVersionErrors.invalidSource(
    source,
    "If supplying a source as an http, https, local file path, ftp, objectstore, " +
      "or mlflow-artifacts uri, an absolute path must be provided without relative path references present. " +
      "Please provide an absolute path.",
  );
}

function isAbsolute(decoded: string | undefined): boolean {
  if (decoded === undefined) return false;
  const path = splitUri(decoded).path.replace(/\/+$/, "").replace(/\/+/g, "/");
  const climbs = decoded.split("/").includes("..") || path.includes("\0");
  return !climbs && path.startsWith("/") && normalizePath(path) === path;
}

/**
 * The path of a source or artifact root on a disk (mlflow/utils/uri.py, is_local_uri): without a scheme, or `file:` of
 * this machine.
 * @returns undefined where it is on none, or relative
 */
function localPath(uri: string): string | undefined {
  const { scheme, authority, path } = splitUri(uri);
  const isThisMachine = /^(?:\.|localhost.*|127\.0\.0\.1.*)?$/i.test(authority);
  const given = unquote(scheme === "" ? uri : path);
  return (scheme === "" || (scheme === "file" && isThisMachine)) && given.startsWith("/")
    ? posix.resolve(given)
    : undefined;
}

export const isLocal = (source: string) => ["", "file"].includes(splitUri(source).scheme);

/** @param root of the run or logged model that is named beside the source */
export function checkLocal(source: string, id: "run_id" | "model_id", root: string | undefined): void {
  const path = localPath(source);
  const folder = root === undefined ? undefined : localPath(root);
  if (path && folder && (path === folder || path.startsWith(folder === "/" ? folder : `${folder}/`))) return;
  throw modelVersionErrors.invalidSource(
    root === undefined ? source : (path ?? source),
    "To use a local path as a model version source, " +
      `the ${id} request parameter has to be specified and the local path has to be contained within the artifact directory ` +
      `of the run specified by the ${id}.`,
  );
}

const partsOf = (path: string) => path.split("/").filter(Boolean).map(unquoteAll);
const unquoteAll = (text: string) => decodeFully(text) ?? text;

/** The run that a `runs:/<id>/path` source names. */
export const runOf = ({ path }: Uri): string | undefined => partsOf(path)[0];

/** What a `models:/` source names: a logged model, or a version of a registered one. */
export type ModelReference = { modelId: string } | VersionReference;

export interface VersionReference {
  name: string;
  selector: VersionSelector;
}

export function parseModelReference(source: string): ModelReference {
  const { path, authority } = splitUri(source);
  const parts = path.replace(/^\/+/, "").split("/");
  const [first = "", suffix] = parts;
  if (authority)
    throw modelVersionErrors.invalidSource(source, "Registered model sources must use the active model registry.");
  if (!path.startsWith("/") || first.trim() === "" || parts.length > 2 || suffix?.trim() === "")
    throw modelVersionErrors.sourceNotContained(source, "model_id");
  if (suffix !== undefined) return { name: first, selector: selectorOf(suffix) };
  const at = first.lastIndexOf("@");
  if (at < 0) return { modelId: first };
  if (first.slice(at + 1).trim() === "") throw modelVersionErrors.sourceNotContained(source, "model_id");
  return { name: first.slice(0, at), selector: { alias: first.slice(at + 1) } };
}

function selectorOf(suffix: string): VersionSelector {
  if (/^\d+$/.test(suffix)) return { version: suffix };
  return suffix.toLowerCase() === "latest" ? "latest" : { stage: suffix };
}
