import { pythonTypes } from "./python-types.ts";

/** Endings MLflow shows as plain text (mlflow/utils/mime_type_utils.py). */
const plainTextEndings = new Set(
  "txt log err cfg conf cnf cf ini properties prop hocon toml yaml yml xml json js py py3 csv tsv md rst ipynb MLmodel mlproject".split(
    " ",
  ),
);

const fileName = (path: string) => path.slice(path.lastIndexOf("/") + 1);

/**
 * A name's last ending, with its dot, and what is before it, as Python's `splitext` has them: dots at the start begin
 * no ending.
 */
function splitEnding(name: string): [base: string, ending: string] {
  const [, base = name, ending = ""] = /^(\.*[^.].*?)(\.[^.]*)$/s.exec(name) ?? [];
  return [base, ending];
}

/**
 * The content type MLflow guesses from a file's name (mlflow/utils/mime_type_utils.py); `application/octet-stream`
 * where it can't. What Python knows only by the tables of the machine it runs on is looked up in mime-db.
 */
export async function contentType(path: string): Promise<string> {
  const name = fileName(path);
  if (plainTextEndings.has(splitEnding(name)[1].replaceAll(".", "") || name)) return "text/plain";
  const ending = uncompressedEnding(name);
  const type = pythonTypes.get(ending);
  if (type || ending === "") return type ?? "application/octet-stream";
  const { lookup } = await import("mime-types");
  return lookup(`x.${ending}`) || "application/octet-stream";
}

const shortFor: Record<string, string> = {
  ".svgz": ".svg.gz",
  ".tgz": ".tar.gz",
  ".taz": ".tar.gz",
  ".tz": ".tar.gz",
  ".tbz2": ".tar.bz2",
  ".txz": ".tar.xz",
};
const compressed = new Set([".gz", ".Z", ".bz2", ".xz", ".br"]);

/**
 * The ending of what is inside a compressed file, as Python's `guess_type` has it, in small letters and without its
 * dot.
 */
function uncompressedEnding(name: string): string {
  let [base, ending] = splitEnding(name);
  const long = shortFor[ending.toLowerCase()];
  if (long) [base, ending] = splitEnding(base + long);
  if (compressed.has(ending)) [, ending] = splitEnding(base);
  return ending.slice(1).toLowerCase();
}

const percent = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;

/** Characters that browsers and tools read as a folder separator, a quote or an escape, or that cannot be printed. */
const unsafeInQuotes = /[/\\"%\p{Cc}]/gu;

/**
 * `Content-Disposition` that saves the file under its own name (RFC 6266). Characters that look like others become
 * those in `filename`, so that what could lead to another folder is replaced after that; the exact name is in
 * `filename*` wherever the two differ.
 */
export function attachment(path: string): string {
  const name = fileName(path).replace(/[\\\p{Cc}]/gu, "_");
  const ascii = name
    .normalize("NFKD")
    .replace(/[^\x20-\x7e]/g, "")
    .replace(unsafeInQuotes, "_");
  const plain = /^[. ]*$/.test(ascii) ? "download" : ascii;
  const quoted = /^[\w!#$&'*+.^`|~-]+$/.test(plain) ? plain : `"${plain}"`;
  if (plain === name) return `attachment; filename=${quoted}`;
  const encoded = encodeURIComponent(name).replace(/['()*]/g, percent);
  return `attachment; filename=${quoted}; filename*=UTF-8''${encoded}`;
}
