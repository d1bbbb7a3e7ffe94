/**
 * Names of artifacts as MLflow's Python clients read them back: they percent-decode what a listing names until nothing
 * changes and pass it through Python's `urlparse` (mlflow/utils/uri.py, validate_path_is_safe), and they put names into
 * URLs unescaped.
 */
import { invalid } from "../platform/errors.ts";
import { decodeFully, decodings } from "../platform/percent.ts";
import { shown } from "../platform/shown.ts";

interface Unreadable {
  pattern: RegExp;
  /** What the name has. */
  has: string;
  why: string;
}

const droppedByClients = "MLflow's clients leave it out when they list the folder";

/** What Azure Storage may take for another name in a URL. */
const ambiguous: Unreadable[] = [
  { pattern: /\\/, has: "'\\'", why: "Windows and Azure Storage take it for the separator of folders" },
  { pattern: /\.$/, has: "'.' at its end", why: "Azure Storage may take it for the name without the dot" },
];

const unreadable: Unreadable[] = [
  ...ambiguous,
  { pattern: /#/, has: "'#'", why: "it begins a fragment in a URL, and MLflow's clients refuse to list the folder" },
  { pattern: /\?/, has: "'?'", why: "it begins a query in a URL, and MLflow's clients ask for the name before it" },
  { pattern: /\t/, has: "a tab", why: droppedByClients },
  { pattern: /\r/, has: "a carriage return", why: droppedByClients },
  { pattern: /\n/, has: "a line feed", why: droppedByClients },
  { pattern: /^file:/i, has: "'file:' at its start", why: "MLflow's clients take that for the scheme of a URL" },
  { pattern: /^ /, has: "a space at its start", why: droppedByClients },
  { pattern: /;$/, has: "';' at its end", why: droppedByClients },
  {
    pattern: /^(?=[^:]*[A-Z])[A-Za-z][A-Za-z0-9+.-]*:/,
    has: "a capital letter before its first ':'",
    why: "MLflow's clients take that for the scheme of a URL, and list it in small letters",
  },
];

const controls = /[\p{Cc}\ufffe\uffff]/u;

/**
 * Refuses the name of a file or folder that the client which uploads it could not read back.
 * @param name one segment of a path
 * @throws MlflowError INVALID_PARAMETER_VALUE naming the character and the reason
 */
export function checkReadable(name: string): void {
  const stages = decodings(name);
  if (!stages) throw refuse(name, "more percent-encoding than MLflow's clients decode", "they give up on it");
  for (const [round, stage] of stages.entries()) {
    const found = unreadable.find(({ pattern }) => pattern.test(stage));
    if (found) throw refuse(name, found.has, found.why, round > 0);
  }
  // Encoded ones clients encode again. The image names of clients before 3.0 have them:
  // `...%timestamp%1712345678901%...`.
  const control = controls.exec(name)?.[0];
  if (control)
    throw refuse(name, codePoint(control), "control characters and noncharacters fit into no URL and no listing");
  for (const stage of stages.slice(1)) {
    if (stage.includes("/")) throw refuse(name, "'/'", "MLflow's clients take it for the separator of folders", true);
    if (controls.test(stage.charAt(0))) throw refuse(name, codePoint(stage), droppedByClients, true);
  }
}

/**
 * Refuses to read a name that Azure Storage may take for another.
 * @throws MlflowError INVALID_PARAMETER_VALUE
 */
export function checkUnambiguous(name: string): void {
  const found = ambiguous.find(({ pattern }) => pattern.test(name));
  if (found) throw refuse(name, found.has, found.why);
}

const codePoint = (char: string) => `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;

const refuse = (name: string, has: string, why: string, decoded = false) =>
  invalid(`Invalid path: the name '${shown(name)}' has ${has}${decoded ? ", percent-encoded" : ""}: ${why}.`);

/**
 * The form of a name under which MLflow's clients ask for it, for names that `checkReadable` has passed. Two names in
 * one folder may have the same form.
 */
export function readAs(name: string): string {
  const decoded = decodeFully(name) ?? name;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what clients encode again
  return decoded.replace(/[\0-\x1f\x7f]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
