import type { BlobSASSignatureValues } from "@azure/storage-blob";
import type { StorageAccount } from "../platform/azure/account.ts";
import type { BlobAddress } from "../platform/azure/address.ts";
import { clockSkew } from "../platform/azure/delegation-key.ts";
import type { Context } from "../platform/http/route.ts";
import type { Artifact } from "./artifact.ts";
import { recordGrant } from "./grants.ts";

/** What a SAS lets its holder do with its one blob. Writing includes creating, and excludes reading. */
export type Permission = "read" | "write";

export interface SasOptions {
  /** Lifetime in seconds. */
  seconds: number;
  /** Headers that a read answers with in place of the blob's own. */
  contentDisposition?: string;
  contentType?: string;
}

// Azurite refuses user delegation SAS of later versions; Azure takes any.
const version = "2025-11-05";
const letters = { read: "r", write: "w" } as const;

/**
 * A URL that grants the caller one permission on one artifact, over HTTPS unless the storage endpoint itself is http.
 * It is in the grant log when it is answered.
 * @throws MlflowError PERMISSION_DENIED where Azure refuses a user delegation key, 429 where it is away
 */
export async function signedUrl(
  { blobs, ...grantor }: Pick<Context, "blobs" | "tables" | "caller">,
  artifact: Artifact,
  permission: Permission,
  options: SasOptions,
): Promise<string> {
  const { root, name, run, model } = artifact;
  const account = await blobs.account(root);
  const { account: accountName, container } = root;
  const granted = { run, model, account: accountName, container, blob: name, permission, ...lifetime(options) };
  const [url] = await Promise.all([
    blobs.sign(root, () => signWith(account, artifact, permission, options)),
    recordGrant(grantor, granted),
  ]);
  return url;
}

function lifetime({ seconds }: SasOptions): { from: Date; until: Date } {
  const now = Date.now();
  return { from: new Date(now - clockSkew), until: new Date(now + seconds * 1000) };
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
  permission: Permission,
  options: SasOptions,
): Promise<string> {
  return `${blobUrl(account, blob)}?${await sasQuery(account, blob, permission, options)}`;
}

const listingSeconds = 600;

/** The query that lists a container by the key or the identity of `account`. It is only for the app's own calls. */
export async function listingQuery(account: StorageAccount, container: string): Promise<string> {
  const { ContainerSASPermissions } = await import("@azure/storage-blob");
  const permissions = ContainerSASPermissions.parse("l");
  return signValues(account, { containerName: container, permissions }, { seconds: listingSeconds });
}

async function sasQuery(account: StorageAccount, blob: BlobAddress, permission: Permission, options: SasOptions) {
  const { BlobSASPermissions } = await import("@azure/storage-blob");
  const values = {
    containerName: blob.root.container,
    blobName: blob.name,
    permissions: BlobSASPermissions.parse(letters[permission]),
    contentDisposition: options.contentDisposition,
    contentType: options.contentType,
  };
  return signValues(account, values, options);
}

async function signValues(account: StorageAccount, what: BlobSASSignatureValues, options: SasOptions): Promise<string> {
  const { SASProtocol, generateBlobSASQueryParameters } = await import("@azure/storage-blob");
  const { from, until } = lifetime(options);
  const values: BlobSASSignatureValues = {
    ...what,
    startsOn: from,
    expiresOn: until,
    protocol: account.blobUrl.startsWith("http://") ? SASProtocol.HttpsAndHttp : SASProtocol.Https,
    version,
  };
  if (account.signer.kind === "key")
    return generateBlobSASQueryParameters(values, account.signer.credential).toString();
  const key = await account.signer.key(until);
  if (key.signedExpiresOn < until) values.expiresOn = key.signedExpiresOn;
  return generateBlobSASQueryParameters(values, key, account.name).toString();
}
