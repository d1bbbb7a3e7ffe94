import { invalid, MlflowError } from "../http/errors.ts";
import type { ArtifactRoot } from "./roots.ts";

/** Azure Storage's answer, told by its shape: importing the SDK for a class check would cost its whole loading time. */
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

/** Whether the blob or its container does not exist. A HEAD answers 404 without a code. */
export const isMissing = (error: unknown): boolean => storageFailure(error)?.statusCode === 404;

/** Whether this is that error of Azure Storage, such as `InvalidBlockList`. */
export const isStorageCode = (error: unknown, code: string): boolean => storageFailure(error)?.code === code;

/**
 * Runs `work` on a root and puts Azure Storage's failures into MLflow errors. Storage that is away or busy is a 429, which every
 * client repeats: each of our operations on blobs can be repeated.
 */
export async function onStorage<T>(root: ArtifactRoot, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toMlflowError(error, root) ?? error;
  }
}

function toMlflowError(cause: unknown, root: ArtifactRoot): MlflowError | undefined {
  const failure = storageFailure(cause);
  if (!failure) return undefined;
  const { name, statusCode, code } = failure;
  const place = `container '${root.container}' of the storage account '${root.account}'`;
  if (name !== "RestError" || statusCode === 401 || statusCode === 403)
    return new MlflowError(
      "PERMISSION_DENIED",
      `Azure Storage refused this server's own credential for ${place} (${code ?? name}). ` +
        "With an identity it needs the roles Storage Blob Data Contributor and Storage Blob Delegator.",
      { cause },
    );
  if (statusCode === undefined || statusCode === 429 || statusCode >= 500)
    return new MlflowError("REQUEST_LIMIT_EXCEEDED", `Azure Storage cannot be reached or is busy: ${place}.`, {
      cause,
      headers: { "retry-after": "2" },
    });
  if (statusCode === 400)
    return invalid(`Azure Storage refused the request for ${place}: ${code ?? "no reason given"}.`);
  if (statusCode === 404)
    return new MlflowError("RESOURCE_DOES_NOT_EXIST", `Not found in Azure Storage: ${place} (${code ?? "404"}).`, {
      cause,
    });
  return undefined;
}
