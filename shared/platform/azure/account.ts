import type { TokenCredential } from "@azure/identity";
import type { BlobServiceClient, StorageSharedKeyCredential, UserDelegationKey } from "@azure/storage-blob";
import type { Config } from "../config.ts";
import { MlflowError } from "../errors.ts";
import { identity } from "../identity/credential.ts";
import type { ArtifactRoot } from "./address.ts";
import { parseConnectionString } from "./connection-string.ts";
import { DelegationKeys } from "./delegation-key.ts";
import type { StorageLimits } from "./limits.ts";
import { ofDelegationKey } from "./storage-errors.ts";

/** What signs a SAS: the account's key, or a user delegation key good until `until`. */
type Signer =
  | { kind: "key"; credential: StorageSharedKeyCredential }
  | { kind: "delegation"; key(until: Date): Promise<UserDelegationKey> };

/** A storage account and the app's credential for it. */
export interface StorageAccount {
  name: string;
  /** The Blob endpoint without a slash at its end. */
  blobUrl: string;
  service: BlobServiceClient;
  signer: Signer;
}

const clientOptions = { retryOptions: { maxTries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 2_000 } };

/**
 * The account of a root, with the credential in stock's order (azure_blob_artifact_repo.py): connection string, account
 * key, DefaultAzureCredential.
 * @throws MlflowError INTERNAL_ERROR where the connection string is another account's, or can't sign
 */
export async function openAccount(
  root: ArtifactRoot,
  settings: Config,
  limits: StorageLimits,
): Promise<StorageAccount> {
  const blobUrl = `https://${root.account}.blob.${root.suffix}`;
  if (settings.AZURE_STORAGE_CONNECTION_STRING)
    return fromConnectionString(root, settings.AZURE_STORAGE_CONNECTION_STRING, limits);
  if (settings.AZURE_STORAGE_ACCESS_KEY) return withKey(root.account, blobUrl, settings.AZURE_STORAGE_ACCESS_KEY);
  return withToken(root.account, blobUrl, await identity(), limits);
}

/** One that names an endpoint and no secret is for the app's identity, at an address that DNS does not tell. */
async function fromConnectionString(root: ArtifactRoot, text: string, limits: StorageLimits): Promise<StorageAccount> {
  const { account, key, sas, blobUrl } = parseConnectionString(text);
  if (account !== root.account)
    throw new MlflowError(
      "INTERNAL_ERROR",
      `AZURE_STORAGE_CONNECTION_STRING is of the storage account '${account}', and the artifacts lie in '${root.account}'.`,
    );
  if (!key && !sas && /(^|;) *BlobEndpoint=/i.test(text)) return withToken(account, blobUrl, await identity(), limits);
  if (!key)
    throw new MlflowError(
      "INTERNAL_ERROR",
      "AZURE_STORAGE_CONNECTION_STRING holds no AccountKey, which is needed to sign for single artifacts.",
    );
  return withKey(account, blobUrl, key);
}

async function withKey(name: string, blobUrl: string, key: string): Promise<StorageAccount> {
  const { BlobServiceClient, StorageSharedKeyCredential } = await import("@azure/storage-blob");
  const credential = new StorageSharedKeyCredential(name, key);
  const service = new BlobServiceClient(blobUrl, credential, clientOptions);
  return { name, blobUrl, service, signer: { kind: "key", credential } };
}

/** An account reached with an identity's tokens, which signs with user delegation keys. */
export async function withToken(
  name: string,
  blobUrl: string,
  credential: TokenCredential,
  limits: StorageLimits,
): Promise<StorageAccount> {
  const { BlobServiceClient } = await import("@azure/storage-blob");
  const service = new BlobServiceClient(blobUrl, credential, clientOptions);
  const keys = new DelegationKeys((from, until) =>
    limits
      .run((abortSignal) => service.getUserDelegationKey(from, until, { abortSignal }))
      .catch((error: unknown) => {
        throw ofDelegationKey(error);
      }),
  );
  return { name, blobUrl, service, signer: { kind: "delegation", key: (until) => keys.goodUntil(until) } };
}
