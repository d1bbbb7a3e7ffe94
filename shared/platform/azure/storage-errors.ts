import { invalid, MlflowError } from "../errors.ts";
import type { ArtifactRoot } from "./address.ts";
import { StorageLate } from "./limits.ts";

/** Azure Storage's error, recognised by its shape: a class check would have to load the whole SDK. */
interface StorageFailure {
  name: string;
  statusCode?: number;
  /** Such as `BlobNotFound`; of a failed connection, such as `ECONNREFUSED`. */
  code?: string;
}

function storageFailure(error: unknown): StorageFailure | undefined {
  if (!(error instanceof Error) || error instanceof MlflowError) return undefined;
  if (
    !["RestError", "CredentialUnavailableError", "AuthenticationError", "AggregateAuthenticationError"].includes(
      error.name,
    )
  )
    return undefined;
  const { statusCode, code, details } = error as Error & {
    statusCode?: number;
    code?: string;
    details?: { errorCode?: string };
  };
  return { name: error.name, statusCode, code: code ?? details?.errorCode };
}

/** A failure of a call that was made without the SDK, in the SDK's shape. */
export class RefusedByStorage extends Error {
  override readonly name = "RestError";
  readonly statusCode: number | undefined;
  readonly code: string | undefined;

  constructor(statusCode: number | undefined, code: string | undefined) {
    super(`Azure Storage: ${statusCode ?? "no answer"} ${code ?? ""}`.trim());
    this.statusCode = statusCode;
    this.code = code;
  }
}

/** Whether the blob or its container does not exist. A HEAD answers 404 without a code. */
export const isMissing = (error: unknown): boolean => storageFailure(error)?.statusCode === 404;

/** Whether this is that error of Azure Storage, such as `InvalidBlockList`. */
export const isStorageCode = (error: unknown, code: string): boolean => storageFailure(error)?.code === code;

/** Whether another client's lease blocks the operation. */
export function isLeased(error: unknown): boolean {
  const { statusCode, code } = storageFailure(error) ?? {};
  return (statusCode === 409 || statusCode === 412) && Boolean(code?.startsWith("Lease"));
}

/** Turns Azure Storage's failures into MLflow errors. */
export async function inMlflowErrors<T>(root: ArtifactRoot, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toMlflowError(error, root) ?? error;
  }
}

const away = (place: string, cause: unknown) =>
  new MlflowError("REQUEST_LIMIT_EXCEEDED", `Azure Storage cannot be reached or is busy: ${place}.`, { cause });

function toMlflowError(cause: unknown, root: ArtifactRoot): MlflowError | undefined {
  const place = `container '${root.container}' of the storage account '${root.account}'`;
  if (cause instanceof StorageLate) return away(place, cause);
  const failure = storageFailure(cause);
  if (!failure) return undefined;
  const { name, statusCode, code } = failure;
  if (name !== "RestError" || statusCode === 401 || statusCode === 403)
    return new MlflowError(
      "PERMISSION_DENIED",
      `Azure Storage refused this server's own credential for ${place} (${code ?? name}). ` +
        "With an identity it needs the roles Storage Blob Data Contributor and Storage Blob Delegator.",
      { cause },
    );
  if (statusCode === undefined || statusCode === 429 || statusCode >= 500) return away(place, cause);
  if (isLeased(cause))
    return conflict(
      `The artifact is leased by another program (${code}) in ${place}. Deleting it breaks the lease.`,
      cause,
    );
  if (statusCode === 409 || statusCode === 412)
    return conflict(`Azure Storage can't do that as things are in ${place}: ${code ?? statusCode}.`, cause);
  if (statusCode === 404)
    return new MlflowError("RESOURCE_DOES_NOT_EXIST", `Not found in Azure Storage: ${place} (${code ?? "404"}).`, {
      cause,
    });
  return invalid(`Azure Storage refused the request for ${place}: ${code ?? statusCode}.`);
}

const conflict = (message: string, cause: unknown) => new MlflowError("RESOURCE_CONFLICT", message, { cause });
