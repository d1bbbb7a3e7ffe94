import { invalid, invalidPath } from "../platform/errors.ts";
import { decodeFully, decodings, unquote } from "../platform/percent.ts";
import { checkReadable, checkUnambiguous } from "./names.ts";

/** Azure's limits for a blob's name. */
const maxNameLength = 1024;
const maxNameSegments = 254;

const absolute = /^(?:[/\\]|[a-z]:(?:[/\\]|$)|file:)/i;
const isUnsafeSegment = (segment: string) => segment === "" || segment === "." || segment === "..";

/**
 * A relative artifact path of something that is to be read, listed or deleted, as it is stored. It is not decoded here,
 * since the host has decoded it once. `.` segments and one slash at the end are dropped; the empty path is the root.
 * The path must stay inside the root in every further decoding, and as Windows reads it (mlflow/utils/uri.py,
 * validate_path_is_safe).
 * @throws MlflowError INVALID_PARAMETER_VALUE "Invalid path"
 */
export function artifactPath(path: string): string {
  const trimmed = path.endsWith("/") && path !== "/" ? path.slice(0, -1) : path;
  const segments = trimmed.split("/").filter((segment) => segment !== ".");
  const plain = segments.join("/");
  if (plain === "") {
    if (path.startsWith("/")) throw invalidPath();
    return "";
  }
  for (const stage of decodings(plain) ?? [".."]) checkInside(stage);
  return plain;
}

function checkInside(path: string): void {
  if (/\0|\p{Surrogate}/u.test(path) || absolute.test(path)) throw invalidPath();
  if (path.split("/").some(isUnsafeSegment) || path.split(/[/\\]/).includes("..")) throw invalidPath();
}

/**
 * The path of an artifact that is to be written. It must have one spelling, and names that MLflow's clients read back.
 * @throws MlflowError INVALID_PARAMETER_VALUE "Invalid path", with the character and the reason where a name is refused
 * for one
 */
export function newArtifactPath(path: string): string {
  const checked = artifactPath(path);
  if (checked !== path || path === "") throw invalidPath();
  path.split("/").forEach(checkReadable);
  return path;
}

const windowsPath = /^(?:[a-z]:[/\\]|\\\\)/i;
const sendsNames = (client: string | undefined) => {
  const [, major, minor] = /^mlflow-python-client\/(\d+)\.(\d+)\./.exec(client ?? "") ?? [];
  return Number(major) > 3 || (Number(major) === 3 && Number(minor) >= 18);
};

/**
 * The file's name from the `path` of a multipart upload. Clients before 3.18 send their local path there, and its last
 * segment counts (mlflow/server/handlers.py, _get_multipart_upload_file_name). Unlike there, only a path that begins as
 * those of Windows do is split at backslashes: elsewhere a name may have them, which is then refused.
 * @param client the User-Agent
 * @throws MlflowError as newArtifactPath
 */
export function uploadFileName(path: string, client?: string): string {
  const fromWindows = windowsPath.test(path) && !sendsNames(client);
  const segments = path.split(fromWindows ? /[/\\]/ : "/");
  if (path.split(/[/\\]/).includes("..")) throw invalidPath();
  const name = segments.at(-1)!;
  if (name.includes("\\")) checkReadable(name);
  return newArtifactPath(name);
}

/**
 * Whether Azure Storage may take a path in a URL for another: it may drop dots at the end of a segment, and takes
 * backslashes for slashes.
 */
export const mayMeanAnother = (path: string): boolean => /\\|\.(?:\/|$)/.test(path);

/**
 * The path of something to be read. Names that Azure may take for another name are refused (mayMeanAnother).
 * @throws MlflowError as artifactPath; INVALID_PARAMETER_VALUE naming the character and the reason
 */
export function fileToRead(path: string): string {
  const checked = artifactPath(path);
  checked.split("/").forEach(checkUnambiguous);
  return checked;
}

/**
 * A path as the app gets it after MLflow's clients put it into a URL unescaped. It is decoded once, unless it holds a
 * `%` that is no escape: then the clients have escaped every `%`.
 */
export const asInUrl = (path: string): string => (/%(?![0-9a-f]{2})/i.test(path) ? path : unquote(path));

/** Path segments joined by single slashes; empty ones are left out. */
export const joinPath = (...parts: string[]): string => parts.filter((part) => part !== "").join("/");

/**
 * The segments of a root's prefix, empty ones left out.
 * @returns undefined for a prefix that could point outside itself
 */
export function rootSegments(prefix: string): string[] | undefined {
  const segments = prefix.split("/").filter((segment) => segment !== "");
  const unsafe = segments.some((segment) => {
    const decoded = decodeFully(segment);
    return decoded === undefined || /[\0\\/]|\p{Surrogate}/u.test(decoded) || isUnsafeSegment(decoded);
  });
  return unsafe ? undefined : segments;
}

/**
 * @throws MlflowError INVALID_PARAMETER_VALUE for a name that Azure refuses
 */
export function checkBlobName(name: string): string {
  if (name.length > maxNameLength || name.split("/").length > maxNameSegments)
    throw invalid(
      `The artifact's blob name has ${name.length} characters; Azure allows ${maxNameLength} in ${maxNameSegments} segments.`,
    );
  return name;
}
