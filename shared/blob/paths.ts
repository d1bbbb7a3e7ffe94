import { invalid } from "../http/errors.ts";
import { decodeFully } from "../percent.ts";

/** Azure's limits for a blob's name. */
const maxNameLength = 1024;
const maxNameSegments = 254;

const invalidPath = () => invalid("Invalid path");
const absolute = /^(?:\/|[a-z]:(?:\/|$)|file:)/i;
const isUnsafeSegment = (segment: string) => segment === "" || segment === "." || segment === "..";

/**
 * A relative artifact path as MLflow reads it (mlflow/utils/uri.py, validate_path_is_safe): fully percent-decoded, since the
 * stock client does the same with the names of a listing, and control characters escaped. One slash at the end is dropped.
 * Unlike MLflow it takes `#`, and refuses backslashes, NUL, and empty and `.` segments. The empty path is the root.
 * @throws MlflowError INVALID_PARAMETER_VALUE "Invalid path"
 */
export function artifactPath(path: string): string {
  const decoded = decodeFully(path);
  if (decoded === undefined) throw invalidPath();
  if (/[\0\\]|\p{Surrogate}/u.test(decoded) || absolute.test(decoded)) throw invalidPath();
  const trimmed = decoded.endsWith("/") ? decoded.slice(0, -1) : decoded;
  if (trimmed !== "" && trimmed.split("/").some(isUnsafeSegment)) throw invalidPath();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be escaped
  return trimmed.replace(/[\x01-\x1f\x7f]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/**
 * The file's name from the `path` of a multipart upload. Clients before 3.18 send their local path there, absolute or of
 * Windows, and only its last segment counts (mlflow/server/handlers.py, _get_multipart_upload_file_name).
 * @throws MlflowError INVALID_PARAMETER_VALUE "Invalid path"
 */
export function uploadFileName(path: string): string {
  const segments = path.split(/[/\\]/);
  if (segments.includes("..")) throw invalidPath();
  const name = artifactPath(segments.at(-1)!).split("/").at(-1)!;
  if (name === "") throw invalidPath();
  return name;
}

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
