/** The forms a model version's source may have (mlflow/server/handlers.py, _validate_source_run and its neighbours). */
import { invalid } from "../../shared/http/errors.ts";
import { shown } from "../../shared/http/shown.ts";
import type { VersionSelector } from "../../shared/store/model-sources.ts";
import { normalizePath } from "../../shared/validation.ts";

export interface SourceUri {
  scheme: string;
  authority: string;
  path: string;
}

export function parseSource(source: string): SourceUri {
  const [, scheme = "", authority = "", path = ""] =
    /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)/i.exec(source) ?? [];
  return { scheme: scheme.toLowerCase(), authority: authority.toLowerCase(), path };
}

/** The refusal of a source that is not in what the id beside it names. */
export const notContained = (source: string, id: "run_id" | "model_id") =>
  invalid(
    `Invalid model version source: '${shown(source)}'. The ${id} request parameter must identify the resource that contains the source.`,
  );

function decodeFully(text: string): string {
  try {
    const decoded = decodeURIComponent(text);
    return decoded === text ? text : decodeFully(decoded);
  } catch {
    return text;
  }
}

/** @throws INVALID_PARAMETER_VALUE for a path that climbs, or that is not its own shortest form */
export function checkAbsolute(source: string): void {
  const decoded = decodeFully(source.replaceAll("+", " "));
  const path = parseSource(decoded).path.replace(/\/+$/, "").replace(/\/+/g, "/");
  const climbs = decoded.split("/").includes("..") || path.includes("\0");
  if (!climbs && path.startsWith("/") && normalizePath(path) === path) return;
  throw invalid(
    `Invalid model version source: '${shown(source)}'. If supplying a source as an http, https, local file path, ftp, objectstore, ` +
      "or mlflow-artifacts uri, an absolute path must be provided without relative path references present. " +
      "Please provide an absolute path.",
  );
}

export function checkNotLocal(source: string, id: "run_id" | "model_id"): void {
  const { scheme } = parseSource(source);
  if (scheme !== "" && scheme !== "file") return;
  throw invalid(
    `Invalid model version source: '${shown(source)}'. To use a local path as a model version source, the ${id} request parameter ` +
      "has to be specified and the local path has to be contained within the artifact directory of the run specified by " +
      `the ${id}.`,
  );
}

const partsOf = (path: string) => path.split("/").filter(Boolean).map(decodeFully);

/** Whether a source lies in an artifact root, by whole decoded path segments. */
export function isWithin(source: string, root: string): boolean {
  const [inner, outer] = [parseSource(source), parseSource(root)];
  const [innerParts, outerParts] = [partsOf(inner.path), partsOf(outer.path)];
  return (
    inner.scheme === outer.scheme &&
    inner.authority === outer.authority &&
    outerParts.length > 0 &&
    outerParts.every((part, index) => innerParts[index] === part)
  );
}

/** The run that a `runs:/<id>/path` source names. */
export const runOf = ({ path }: SourceUri): string | undefined => partsOf(path)[0];

/** What a `models:/` source names: a logged model, or a version of a registered one. */
export type ModelReference = { modelId: string } | VersionReference;

export interface VersionReference {
  name: string;
  selector: VersionSelector;
}

export function parseModelReference(source: string): ModelReference {
  const { path, authority } = parseSource(source);
  const parts = path.replace(/^\/+/, "").split("/");
  const [first = "", suffix] = parts;
  if (authority)
    throw invalid(
      `Invalid model version source: '${shown(source)}'. Registered model sources must use the active model registry.`,
    );
  if (!path.startsWith("/") || first.trim() === "" || parts.length > 2 || suffix?.trim() === "")
    throw notContained(source, "model_id");
  if (suffix !== undefined) return { name: first, selector: selectorOf(suffix) };
  const at = first.lastIndexOf("@");
  if (at < 0) return { modelId: first };
  if (first.slice(at + 1).trim() === "") throw notContained(source, "model_id");
  return { name: first.slice(0, at), selector: { alias: first.slice(at + 1) } };
}

function selectorOf(suffix: string): VersionSelector {
  if (/^\d+$/.test(suffix)) return { version: suffix };
  return suffix.toLowerCase() === "latest" ? "latest" : { stage: suffix };
}
