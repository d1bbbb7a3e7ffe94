import type { BlobSASSignatureValues } from "@azure/storage-blob";
import type { StorageAccount } from "./account.ts";
import { storageAccount } from "./account.ts";
import { clockSkew } from "./delegation-key.ts";
import type { BlobAddress } from "./roots.ts";
import { onStorage } from "./storage-errors.ts";

/** What a SAS lets its holder do with its one blob. Writing includes creating, and excludes reading. */
export type Grant = "read" | "write";

export interface SasOptions {
  /** Lifetime in seconds. */
  seconds: number;
  /** Headers that a read answers with in place of the blob's own. */
  contentDisposition?: string;
  contentType?: string;
}

// Azurite refuses user delegation SAS of later versions; Azure takes any.
const version = "2025-11-05";
const permission = { read: "r", write: "w" } as const;

/**
 * A URL that grants one permission on one blob, over HTTPS unless the storage endpoint itself is http.
 * @throws MlflowError PERMISSION_DENIED where Azure refuses a user delegation key, 429 where it is away
 */
export async function signedUrl(blob: BlobAddress, grant: Grant, options: SasOptions): Promise<string> {
  const account = await storageAccount(blob.root);
  return onStorage(blob.root, () => signWith(account, blob, grant, options));
}

/** The blob's URL; every character of its name that means something in a URL is encoded. */
function blobUrl(account: Pick<StorageAccount, "blobUrl">, { root, name }: BlobAddress): string {
  const path = name.split("/").map(encodeURIComponent).join("/");
  return `${account.blobUrl}/${root.container}/${path}`;
}

/** A signed URL by the key or the identity of `account`. */
export async function signWith(
  account: StorageAccount,
  blob: BlobAddress,
  grant: Grant,
  options: SasOptions,
): Promise<string> {
  return `${blobUrl(account, blob)}?${await sasQuery(account, blob, grant, options)}`;
}

async function sasQuery(account: StorageAccount, blob: BlobAddress, grant: Grant, options: SasOptions) {
  const { BlobSASPermissions, SASProtocol, generateBlobSASQueryParameters } = await import("@azure/storage-blob");
  const now = Date.now();
  const values: BlobSASSignatureValues = {
    containerName: blob.root.container,
    blobName: blob.name,
    permissions: BlobSASPermissions.parse(permission[grant]),
    startsOn: new Date(now - clockSkew),
    expiresOn: new Date(now + options.seconds * 1000),
    protocol: account.blobUrl.startsWith("http://") ? SASProtocol.HttpsAndHttp : SASProtocol.Https,
    contentDisposition: options.contentDisposition,
    contentType: options.contentType,
    version,
  };
  if (account.signer.kind === "key")
    return generateBlobSASQueryParameters(values, account.signer.credential).toString();
  const key = await account.signer.key(values.expiresOn!);
  if (key.signedExpiresOn < values.expiresOn!) values.expiresOn = key.signedExpiresOn;
  return generateBlobSASQueryParameters(values, key, account.name).toString();
}
