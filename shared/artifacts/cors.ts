/** Whether a web page may read and write blobs: the CORS rules of the storage account, asked as a browser asks them. */

import type { Config } from "../platform/config.ts";
import { pageOrigin } from "../platform/http/request.ts";
import type { Context } from "../platform/http/route.ts";
import { onceFor } from "../platform/once.ts";
import { artifactsDestination } from "./roots.ts";

/** What MLflow's page sends to a signed URL, and what it reads of the answers. */
export const corsRule = {
  methods: ["GET", "HEAD", "PUT"],
  allowedHeaders: ["range", "content-type", "x-ms-*"],
  exposedHeaders: ["etag", "content-length", "content-range", "content-type", "x-ms-*"],
  maxAgeInSeconds: 600,
} as const;

const preflights = [
  { method: "GET", headers: "range" },
  { method: "PUT", headers: "content-type,x-ms-blob-type" },
];

/** Milliseconds to wait for storage; `slow` applies while it answers slowly. */
const patienceMs = { usual: 2_000, slow: 100 };

/**
 * Whether the artifacts' account lets pages of this origin read and write. Its rules apply to a whole account, so a
 * blob that does not exist will do; preflights need no credentials.
 */
export async function allowsPagesOf(
  { blobs, config }: Pick<Context, "blobs" | "config">,
  origin: string,
): Promise<boolean> {
  const { blobUrl } = await blobs.account(artifactsDestination(config));
  return letsPagesIn(blobUrl, origin, blobs.isSlow() ? patienceMs.slow : patienceMs.usual);
}

/** The same of a Blob endpoint, which has to answer in so many milliseconds. */
export async function letsPagesIn(blobUrl: string, origin: string, milliseconds: number): Promise<boolean> {
  const answers = preflights.map(async ({ method, headers }) => {
    const { ok } = await fetch(`${blobUrl}/any/blob`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": method, "access-control-request-headers": headers },
      signal: AbortSignal.timeout(milliseconds),
    });
    return ok;
  });
  return Promise.all(answers).then(
    (allowed) => allowed.every(Boolean),
    () => false,
  );
}

const maxAge = { allowed: 600_000, refused: 30_000 };
const maxOrigins = 100;
const answersOf = onceFor(async (_: Config) => new Map<string, { allowed: Promise<boolean>; until: number }>());

/**
 * The same for the origin of the requesting page, cached: ten minutes for yes, half a minute for no. After that the
 * cached answer is used once more while storage is asked again, so only the first page of an origin waits for storage.
 */
export async function pageReachesBlobs(context: Pick<Context, "request" | "blobs" | "config">): Promise<boolean> {
  const known = await answersOf(context.config);
  const origin = pageOrigin(context.request);
  const found = known.get(origin);
  if (found && found.until > Date.now()) return found.allowed;
  if (known.size >= maxOrigins) known.clear();
  const asked = allowsPagesOf(context, origin).catch(() => false);
  const entry = { allowed: found?.allowed ?? asked, until: Date.now() + maxAge.refused };
  known.set(origin, entry);
  asked.then((allowed) => {
    entry.allowed = asked;
    if (allowed) entry.until = Date.now() + maxAge.allowed;
  });
  return entry.allowed;
}
