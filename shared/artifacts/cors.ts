/** Whether a web page may read and write blobs: the CORS rules of the storage account, asked as a browser asks them. */

import { storageAccount } from "../platform/azure/account.ts";
import { isStorageSlow } from "../platform/azure/limits.ts";
import type { Config } from "../platform/config.ts";
import { pageOrigin, type Request } from "../platform/http/request.ts";
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
export async function allowsPagesOf(origin: string, config: Config): Promise<boolean> {
  const { blobUrl } = await storageAccount(artifactsDestination(config));
  const patience = isStorageSlow() ? patienceMs.slow : patienceMs.usual;
  const answers = preflights.map(async ({ method, headers }) => {
    const { ok } = await fetch(`${blobUrl}/any/blob`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": method, "access-control-request-headers": headers },
      signal: AbortSignal.timeout(patience),
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
const known = new Map<string, { allowed: Promise<boolean>; until: number }>();

/**
 * The same for the origin of the requesting page, cached: ten minutes for yes, half a minute for no. After that the
 * cached answer is used once more while storage is asked again, so only the first page of an origin waits for storage.
 */
export function pageReachesBlobs(request: Request, config: Config): Promise<boolean> {
  const origin = pageOrigin(request);
  const found = known.get(origin);
  if (found && found.until > Date.now()) return found.allowed;
  if (known.size >= maxOrigins) known.clear();
  const asked = allowsPagesOf(origin, config).catch(() => false);
  const entry = { allowed: found?.allowed ?? asked, until: Date.now() + maxAge.refused };
  known.set(origin, entry);
  asked.then((allowed) => {
    entry.allowed = asked;
    if (allowed) entry.until = Date.now() + maxAge.allowed;
  });
  return entry.allowed;
}
