/** The target of a request as the real host's server and ASP.NET read it: what is routed, and what the app is shown. */
import { remembered } from "../../shared/platform/recently-used.ts";

export interface Target {
  /** Decoded once, with dot segments resolved: what routes and their parameters are matched against. */
  path: string;
  /** The path escaped anew and the query: what follows the host's name in the app's `request.url`. */
  url: string;
  query: string;
}

/** @returns undefined for a target the server refuses with an empty 400 */
export function readTarget(target: string): Target | undefined {
  if (!ascii.test(target)) return undefined;
  if (target === "*") return { path: "/", url: "/", query: "" };
  const at = target.indexOf("?");
  const read = readPath(at === -1 ? target : target.slice(0, at));
  if (!read) return undefined;
  const { path, shown } = read;
  if (at === -1) return { path, url: shown, query: "" };
  const query = target.slice(at + 1);
  // A fragment is never sent; where one is, ASP.NET takes it for a part of the query.
  return { path, url: `${shown}?${query.replaceAll("#", "%23")}`, query };
}

const readPath = remembered((sent) => {
  if (!sent.startsWith("/") || sent.includes("%00")) return undefined;
  const path = withoutDotSegments(sent.includes("%") ? decodeEscapes(sent, "/") : sent);
  return { path, shown: escapePath(path) };
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant.
const ascii = /^[\x00-\x7f]*$/;

/**
 * Decodes escapes once. Those that are not UTF-8 stay as they are, and those of `kept`: `%2F` is no separator in a
 * path.
 */
function decodeEscapes(text: string, kept = ""): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    const bytes = Buffer.from(run.replaceAll("%", ""), "hex");
    let decoded = "";
    for (let at = 0; at < bytes.length; ) {
      const length = characterAt(bytes, at);
      const character = length === 0 ? "" : bytes.toString("utf8", at, at + length);
      decoded += length === 0 || character === kept ? run.slice(at * 3, at * 3 + 3) : character;
      at += length || 1;
    }
    return decoded;
  });
}

/** How many bytes the UTF-8 character at `at` has; 0 where there is none. */
function characterAt(bytes: Buffer, at: number): number {
  const first = bytes[at]!;
  const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
  if (at + length > bytes.length) return 0;
  const character = bytes.subarray(at, at + length);
  return Buffer.from(character.toString("utf8")).equals(character) ? length : 0;
}

/** RFC 3986, 5.2.4. What is escaped twice is no dot segment here. */
function withoutDotSegments(path: string): string {
  if (!path.includes("/.")) return path;
  const kept: string[] = [];
  const segments = path.slice(1).split("/");
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment !== ".") kept.push(segment);
  }
  if (/^\.\.?$/.test(segments.at(-1)!)) kept.push("");
  return `/${kept.join("/")}`;
}

/** As ASP.NET's PathString: what looks like an escape is taken for one, so `%25` and `%2525` are shown alike. */
const escapePath = (path: string) =>
  path.replace(/%(?![0-9a-fA-F]{2})|[^%\w!$&'()*+,\-./:;=@~]/gu, (character) => encodeURIComponent(character));

/**
 * The values of a query: escapes that are not UTF-8 stay as they are, and of keys that differ in case only the last
 * spelling is kept, with the values of all joined by commas.
 */
export function queryValues(query: string): Map<string, string> {
  const values = new Map<string, string>();
  // Of each key in lower case, how it was spelled last.
  const spelled = new Map<string, string>();
  for (const pair of query.split("&")) {
    if (pair === "") continue;
    const at = pair.indexOf("=");
    const key = decodeForm(at === -1 ? pair : pair.slice(0, at));
    const value = at === -1 ? "" : decodeForm(pair.slice(at + 1));
    const lower = key.toLowerCase();
    const earlier = spelled.get(lower);
    spelled.set(lower, key);
    if (earlier === undefined) values.set(key, value);
    else values.set(key, `${values.get(earlier)},${value}`);
    if (earlier !== undefined && earlier !== key) values.delete(earlier);
  }
  return values;
}

const decodeForm = (text: string) => (/[%+]/.test(text) ? decodeEscapes(text.replaceAll("+", " ")) : text);

/**
 * What the real host answers to a Host header: its server refuses characters that no host has with 400, and a port
 * or a name that makes no URL is a 500.
 */
export const hostStatus = remembered((host): 200 | 400 | 500 => {
  if (host === "") return 500;
  if (!/^(\[[0-9a-f:.]+\]|[\w!$&'()\-.~]+)(:\d*)?$/i.test(host)) return 400;
  return URL.canParse(`http://${host}/`) ? 200 : 500;
});
