/**
 * List Blobs, page by page. The SDK takes 150 us a blob to make objects of the XML that the service answers; what a
 * listing needs of it is found by looking for a few tags.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { ArtifactRoot } from "../platform/azure/address.ts";
import type { BlobStorage } from "../platform/azure/blobs.ts";
import { StorageLate } from "../platform/azure/limits.ts";
import { inMlflowErrors, isMissing, RefusedByStorage } from "../platform/azure/storage-errors.ts";
import { listingQuery } from "./sas.ts";

/** A blob, or what lies below a prefix. */
export interface ListedBlob {
  /** The whole name; without the slash at its end for what lies below a prefix. */
  name: string;
  isDir: boolean;
  /** In bytes. */
  size: number;
}

interface Page {
  blobs: ListedBlob[];
  next: string;
}

interface Selection {
  prefix: string;
  /** Groups blobs by this character after the prefix. */
  delimiter?: string;
  /** Blobs of one page. */
  pageSize?: number;
}

/** Milliseconds that all pages together may take: an answer must come within 230 s. */
const totalLimit = 150_000;

/**
 * The blobs whose names begin with a prefix, up to 5,000 at once. A missing container has none.
 * @throws MlflowError as BlobStorage.run
 */
export async function* blobPages(
  blobs: BlobStorage,
  root: ArtifactRoot,
  selection: Selection,
): AsyncGenerator<ListedBlob[]> {
  const until = Date.now() + totalLimit;
  let next = "";
  do {
    const url = await inMlflowErrors(root, () => pageUrl(blobs, root, selection, next));
    const page = await blobs.run(root, (signal) => pageOrNone(url, signal));
    yield page.blobs;
    next = page.next;
    if (next !== "" && Date.now() > until)
      await inMlflowErrors(root, () => Promise.reject(new StorageLate("too many blobs for one request")));
  } while (next !== "");
}

async function pageOrNone(url: string, signal: AbortSignal): Promise<Page> {
  try {
    return parsePage(await pageText(url, signal));
  } catch (error) {
    if (isMissing(error)) return { blobs: [], next: "" };
    throw error;
  }
}

const maxTries = 3;

async function pageText(url: string, signal: AbortSignal): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetchText(url, signal);
    } catch (error) {
      const { statusCode = 500 } = error as RefusedByStorage;
      if (signal.aborted || attempt === maxTries || statusCode < 500) throw error;
      await delay(200 * 2 ** attempt, undefined, { signal });
    }
  }
}

/** The URL is signed, so the request is the same with a key and with an identity. The URL stays inside the app. */
async function pageUrl(
  blobs: BlobStorage,
  { container, ...root }: ArtifactRoot,
  { prefix, delimiter, pageSize = 5_000 }: Selection,
  marker: string,
) {
  const account = await blobs.account({ container, ...root });
  const query = new URLSearchParams({
    restype: "container",
    comp: "list",
    include: "metadata",
    maxresults: String(pageSize),
    prefix,
    ...(delimiter && { delimiter }),
    ...(marker && { marker }),
  });
  return `${account.blobUrl}/${container}?${query}&${await listingQuery(account, container)}`;
}

async function fetchText(url: string, signal: AbortSignal): Promise<string> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { signal });
    text = await response.text();
  } catch (cause) {
    const { code } = ((cause as Error).cause ?? {}) as { code?: string };
    // The cause is left out, since it may hold the URL.
    throw new RefusedByStorage(undefined, code);
  }
  if (response.ok) return text;
  const code = response.headers.get("x-ms-error-code") ?? undefined;
  throw new RefusedByStorage(response.status, code, { text: reasonIn(text) });
}

/** What storage says of a refusal: its first words, which hold no signature. */
function reasonIn(xml: string): string {
  const said = ["Message", "AuthenticationErrorDetail"].map((tag) => between(xml, `<${tag}>`, `</${tag}>`));
  return said
    .map((text) => text.slice(0, 100))
    .join(" ")
    .trim();
}

/** What one answer of List Blobs lists, and the marker of the next page; empty at the end. */
export function parsePage(xml: string): Page {
  const blobs: ListedBlob[] = [];
  for (let at = nextEntry(xml, 0); at >= 0; ) {
    const isPrefix = xml.startsWith("<BlobPrefix>", at);
    const end = xml.indexOf(isPrefix ? "</BlobPrefix>" : "</Blob>", at);
    if (end < 0) break;
    blobs.push(isPrefix ? prefixEntry(xml.slice(at, end)) : blobEntry(xml.slice(at, end)));
    at = nextEntry(xml, end);
  }
  return { blobs, next: decodeXml(between(xml, "<NextMarker>", "</NextMarker>", xml.lastIndexOf("<NextMarker>"))) };
}

/** Where the next `<Blob>` or `<BlobPrefix>` begins; `<Blobs>` begins alike. */
function nextEntry(xml: string, from: number): number {
  const at = xml.indexOf("<Blob", from);
  return at >= 0 && xml.startsWith("<Blobs", at) ? xml.indexOf("<Blob", at + 6) : at;
}

const prefixEntry = (entry: string): ListedBlob => ({ name: nameOf(entry).slice(0, -1), isDir: true, size: 0 });

function blobEntry(entry: string): ListedBlob {
  const size = Number(between(entry, "<Content-Length>", "</Content-Length>"));
  // An account with a hierarchical namespace, and some tools, keep a folder as an empty blob with a mark.
  const isDir = size === 0 && /<hdi_isfolder>true<|<ResourceType>directory</i.test(entry);
  return { name: nameOf(entry), isDir, size };
}

/** A name with characters that XML can't hold comes percent-encoded. */
function nameOf(entry: string): string {
  const encoded = between(entry, '<Name Encoded="true">', "</Name>");
  return encoded ? decodeURIComponent(decodeXml(encoded)) : decodeXml(between(entry, "<Name>", "</Name>"));
}

function between(text: string, open: string, close: string, from = 0): string {
  const start = from < 0 ? -1 : text.indexOf(open, from);
  return start < 0 ? "" : text.slice(start + open.length, text.indexOf(close, start));
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const decodeXml = (text: string): string =>
  text.includes("&")
    ? text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|quot|apos));/gi, (_, hex, decimal, name: string) =>
        name ? entities[name.toLowerCase()]! : String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal)),
      )
    : text;
