import { remembered } from "../recently-used.ts";

// What `URL` leaves as it is, a path where it has no dot segment.
const plainBeginning = /^https?:\/\/[\w.\-[\]:]+$/;
const plainPath = /^\/[\w\-~!$&'()*+,;=:@/.]*$/;
const plainSearch = /^\??[\w\-.~!$()*,;:@/=&?]*$/;

/** What stands before a path; undefined where no usual URL begins like this. */
const beginning = remembered((text) => (plainBeginning.test(text) && URL.canParse(text) ? new URL(text) : undefined));

/** The URL of a request. Most are read here: a `URL` and its parameters take as long as the rest of an input. */
export class RequestUrl {
  readonly pathname: string;
  /** The query with its question mark; empty where there is none. */
  readonly search: string;
  private readonly before: URL;
  private readonly isPlain: boolean;

  private constructor(before: URL, pathname: string, search: string, isPlain: boolean) {
    this.before = before;
    this.pathname = pathname;
    this.search = search;
    this.isPlain = isPlain;
  }

  /**
   * @param prefix what its path begins with, and is left out
   * @returns undefined where it is no URL
   */
  static of(sent: string, prefix = ""): RequestUrl | undefined {
    const slash = sent.indexOf("/", sent.indexOf("://") + 3);
    const mark = sent.indexOf("?");
    const path = sent.slice(slash, mark === -1 ? undefined : mark);
    const search = mark === -1 || mark === sent.length - 1 ? "" : sent.slice(mark);
    const isPlain = slash !== -1 && plainPath.test(path) && !path.includes("/.") && plainSearch.test(search);
    const before = isPlain ? beginning(sent.slice(0, slash)) : undefined;
    if (before) return new RequestUrl(before, withoutPrefix(path, prefix), search, true);
    if (!URL.canParse(sent)) return undefined;
    const url = new URL(sent);
    return new RequestUrl(url, withoutPrefix(url.pathname, prefix), url.search, false);
  }

  /** Names and values of the query. */
  get query(): [name: string, value: string][] {
    if (this.search === "") return [];
    if (!this.isPlain) return [...new URLSearchParams(this.search)];
    const pairs: [string, string][] = [];
    for (const pair of this.search.slice(1).split("&")) {
      const at = pair.indexOf("=");
      if (pair !== "") pairs.push(at === -1 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)]);
    }
    return pairs;
  }

  /** With its port where that is not the usual one. */
  get host(): string {
    return this.before.host;
  }

  /** Scheme and host. */
  get origin(): string {
    return this.before.origin;
  }
}

const withoutPrefix = (path: string, prefix: string) =>
  prefix !== "" && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
