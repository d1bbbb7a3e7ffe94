import { type StorageFault, type StorageWork, storageCause } from "../causes/storage.ts";
import { invalid, MlflowError } from "../errors.ts";
import type { ArtifactRoot } from "./address.ts";

/** What storage was asked for, where it was not for blobs; see `StorageWork`. */
type Use = StorageWork["use"];

/** Of errors that storage or the app's credential for it makes: a class check would have to load the whole SDK. */
const names =
  /^(RestError|StorageLate|CredentialUnavailableError|AuthenticationError|AggregateAuthenticationError|AuthenticationRequiredError)$/;

interface Shape extends Error {
  statusCode?: number;
  code?: string;
  use?: Use;
  details?: { errorCode?: string; authenticationErrorDetail?: string; odataError?: { code?: string } };
}

/** How a call to storage failed; undefined for any other error. */
export function storageFault(error: unknown): (StorageFault & { use?: Use | undefined }) | undefined {
  if (!(error instanceof Error) || !names.test(error.name)) return undefined;
  const { name, message, statusCode: status, code, use, details } = error as Shape;
  const text = [message, details?.authenticationErrorDetail].filter(Boolean).join(" ");
  return { name, status, code: details?.odataError?.code ?? code ?? details?.errorCode, text, use };
}

/** A failure of a call in the SDK's shape, for one that was made without it, or was for something special. */
export class RefusedByStorage extends Error {
  override readonly name = "RestError";
  readonly statusCode: number | undefined;
  readonly code: string | undefined;
  readonly use: Use | undefined;

  constructor(
    status: number | undefined,
    code: string | undefined,
    { text = "", use }: { text?: string; use?: Use } = {},
  ) {
    super(`Azure Storage: ${[status ?? "no answer", code, text].filter(Boolean).join(" ")}`);
    this.statusCode = status;
    this.code = code;
    this.use = use;
  }
}

/** The failure of a request for a user delegation key, which needs a role of its own. */
export function ofDelegationKey(error: unknown): unknown {
  const fault = storageFault(error);
  if (fault?.name !== "RestError") return error;
  return new RefusedByStorage(fault.status, fault.code, { text: fault.text, use: "delegation key" });
}

/** Whether the blob or its container does not exist. A HEAD answers 404 without a code. */
export const isMissing = (error: unknown): boolean => storageFault(error)?.status === 404;

/** Whether this is that error of Azure Storage, such as `InvalidBlockList`. */
export const isStorageCode = (error: unknown, code: string): boolean => storageFault(error)?.code === code;

/** Whether another client's lease blocks the operation. */
export function isLeased(error: unknown): boolean {
  const { status, code } = storageFault(error) ?? {};
  return (status === 409 || status === 412) && Boolean(code?.startsWith("Lease"));
}

/** Turns Azure Storage's failures into MLflow errors. */
export async function inMlflowErrors<T>(root: ArtifactRoot, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toMlflowError(error, root) ?? error;
  }
}

/** Whether storage, or the authority that gives tokens for it, refuses the app itself. */
export function isRefusal(error: unknown): boolean {
  const fault = storageFault(error);
  return (
    fault !== undefined && (fault.name === "RestError" ? fault.status === 401 || fault.status === 403 : !isLate(fault))
  );
}

const isLate = ({ name }: StorageFault) => name === "StorageLate";

/** Whether the app's identity lacks a role, or has one that does not take effect yet. */
export function isMissingRole(error: unknown): boolean {
  const fault = storageFault(error);
  return fault !== undefined && storageCause(fault, { use: "blobs" }).id === "role";
}

function toMlflowError(cause: unknown, root: ArtifactRoot): MlflowError | undefined {
  const fault = storageFault(cause);
  if (!fault) return undefined;
  const place = `container '${root.container}' of the storage account '${root.account}'`;
  const { status, code } = fault;
  // Nobody who asks can help it, and it passes: a role takes minutes to take effect.
  if (isRefusal(cause)) return refusedApp(fault, root, cause);
  if (status === undefined || status === 429 || status >= 500)
    return new MlflowError("REQUEST_LIMIT_EXCEEDED", `Azure Storage cannot be reached or is busy: ${place}.`, {
      cause,
    });
  if (isLeased(cause))
    return conflict(
      `The artifact is leased by another program (${code}) in ${place}. Deleting it breaks the lease.`,
      cause,
    );
  if (status === 409 || status === 412)
    return conflict(`Azure Storage can't do that as things are in ${place}: ${code ?? status}.`, cause);
  if (status === 404)
    return new MlflowError("RESOURCE_DOES_NOT_EXIST", `Not found in Azure Storage: ${place} (${code ?? "404"}).`, {
      cause,
    });
  return invalid(`Azure Storage refused the request for ${place}: ${code ?? status}.`);
}

function refusedApp(fault: StorageFault & { use?: Use | undefined }, root: ArtifactRoot, cause: unknown): MlflowError {
  const { account, container } = root;
  const { message, mend } = storageCause(fault, { use: fault.use ?? "blobs", account, container });
  return new MlflowError("TEMPORARILY_UNAVAILABLE", `${message} ${mend}`, { cause });
}

const conflict = (message: string, cause: unknown) => new MlflowError("RESOURCE_CONFLICT", message, { cause });
