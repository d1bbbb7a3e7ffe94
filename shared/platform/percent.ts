/** Longer texts are not decoded, in UTF-16 units. Artifact paths and locations are shorter. */
const maxLength = 16_384;
const maxRounds = 10;

/** Percent-decodes as Python's `unquote` does: what is no valid escape stays as it is. */
export function unquote(text: string): string {
  if (!text.includes("%")) return text;
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"));
}

/**
 * The text and what it decodes to round by round, until nothing changes.
 * @returns undefined for a text that is too long, or still encoded after ten rounds (mlflow/utils/uri.py, _decode): who
 * asks refuses it
 */
export function decodings(text: string): string[] | undefined {
  if (text.length > maxLength) return undefined;
  const all = [text];
  for (let current = text; all.length <= maxRounds; all.push(current)) {
    const decoded = unquote(current);
    if (decoded === current) return all;
    current = decoded;
  }
  return undefined;
}

/**
 * Percent-decodes until nothing changes, so that checks apply to the final text even if it was encoded several times.
 * @returns undefined as decodings
 */
export const decodeFully = (text: string): string | undefined => decodings(text)?.at(-1);
