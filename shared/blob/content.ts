/** Endings MLflow shows as plain text (mlflow/utils/mime_type_utils.py). */
const plainTextEndings = new Set(
  "txt log err cfg conf cnf cf ini properties prop hocon toml yaml yml xml json js py py3 csv tsv md rst ipynb MLmodel MLproject".split(
    " ",
  ),
);

const fileName = (path: string) => path.slice(path.lastIndexOf("/") + 1);

/** The content type MLflow guesses from a file's name; `application/octet-stream` where it can't. */
export async function contentType(path: string): Promise<string> {
  const name = fileName(path);
  const dot = name.lastIndexOf(".");
  const ending = dot > 0 ? name.slice(dot + 1) : name;
  if (plainTextEndings.has(ending)) return "text/plain";
  if (dot <= 0) return "application/octet-stream";
  const { lookup } = await import("mime-types");
  return lookup(name) || "application/octet-stream";
}

const percent = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;

/** `Content-Disposition` that saves the file under its own name (handlers.py, _content_disposition_attachment; RFC 6266). */
export function attachment(path: string): string {
  const name = fileName(path);
  const ascii = name.normalize("NFKD").replace(/[^\x20-\x7e]/g, "");
  const quoted = /^[\w!#$%&'*+.^`|~-]+$/.test(ascii) ? ascii : `"${ascii.replace(/["\\]/g, "\\$&")}"`;
  if (ascii === name) return `attachment; filename=${quoted}`;
  const encoded = encodeURIComponent(name).replace(/['()*]/g, percent);
  return `attachment; filename=${ascii === "" ? "download" : quoted}; filename*=UTF-8''${encoded}`;
}
