/** Whether the artifacts' storage can be used, and SAS be signed for it. */

import { tryTables } from "../artifacts/grants.ts";
import { artifactsDestination } from "../artifacts/roots.ts";
import { signWith } from "../artifacts/sas.ts";
import type { StorageAccount } from "../platform/azure/account.ts";
import type { ArtifactRoot } from "../platform/azure/address.ts";
import { readContainer } from "../platform/azure/blobs.ts";
import { isMissing, ofDelegationKey, RefusedByStorage, storageFault } from "../platform/azure/storage-errors.ts";
import { openTables, tablesCause } from "../platform/azure/tables.ts";
import { type StorageWork, storageCause } from "../platform/causes/storage.ts";
import { MlflowError } from "../platform/errors.ts";
import type { Context } from "../platform/http/route.ts";
import { aheadBy, type Check, checked, checkLimit, works } from "./check.ts";

type Given = Pick<Context, "blobs" | "config">;

const destinationSetting = ({ config }: Given) =>
  config.MLFLOW_ARTIFACTS_DESTINATION ? "MLFLOW_ARTIFACTS_DESTINATION" : "AZURE_STORAGE_CONNECTION_STRING";

/** The cause of a failure that is storage's, or the settings'. */
function causeIn(error: unknown, given: Given) {
  const fault = storageFault(error);
  if (!fault) return ofSettings(error, destinationSetting(given));
  const { account, container } = artifactsDestination(given.config);
  const use: StorageWork["use"] = fault.use ?? "blobs";
  return storageCause(fault, { use, account, container, setting: destinationSetting(given) });
}

/** What the settings are refused for names them and no value of theirs. */
const ofSettings = (error: unknown, setting: string) => ({
  message: error instanceof Error ? error.message : "It can't be used.",
  mend: error instanceof MlflowError ? `Correct ${setting}.` : `See ${setting} and the app's log.`,
});

/** Lists the container; creates it where it is missing, as the first upload does. */
export const checkStorage = (given: Given): Promise<Check> =>
  checked(
    "storage",
    async (signal) => {
      const root = artifactsDestination(given.config);
      const container = await given.blobs.container(root);
      await readContainer(container, signal).catch(async (error: unknown) => {
        if (!isMissing(error)) throw error;
        await container.createIfNotExists({ abortSignal: signal }).catch(() => {
          throw error;
        });
      });
      return works(
        "storage",
        `The container '${root.container}' of the storage account '${root.account}' can be used.`,
      );
    },
    (error) => causeIn(error, given),
  );

const minute = 60_000;

/** Signs a SAS for a blob that is not there and has storage judge it; with an identity, asks for a new key too. */
export const checkSigning = (given: Given): Promise<Check> =>
  checked(
    "delegation key",
    async (signal) => {
      const root = artifactsDestination(given.config);
      const account = await given.blobs.account(root);
      if (account.signer.kind === "delegation") await newKey(account, signal);
      await judged(account, root, signal);
      const means = account.signer.kind === "delegation" ? "user delegation keys" : "the account's key";
      return works("delegation key", `SAS are signed with ${means} of '${root.account}'.`);
    },
    (error) => causeIn(error, given),
  );

async function newKey({ service }: StorageAccount, abortSignal: AbortSignal): Promise<void> {
  const now = Date.now();
  try {
    await service.getUserDelegationKey(new Date(now - minute), new Date(now + 10 * minute), { abortSignal });
  } catch (error) {
    throw ofDelegationKey(error);
  }
}

async function judged(account: StorageAccount, root: ArtifactRoot, signal: AbortSignal): Promise<void> {
  const url = await signWith(account, { root, name: "mlflow-functions-health" }, "read", { seconds: 60 });
  const { status, headers } = await answered(url, signal);
  const code = headers.get("x-ms-error-code") ?? undefined;
  // A signature that is right, of an identity that may not read: what the check of the container says.
  if ((status !== 401 && status !== 403) || code === "AuthorizationPermissionMismatch") return;
  throw new RefusedByStorage(status, code);
}

/** The URL may hold a SAS, so no error of the call is passed on whole. */
async function answered(url: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { method: "HEAD", signal });
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as { code?: string };
    throw new RefusedByStorage(undefined, code);
  }
}

/** How far this machine's clock is ahead of storage's, in milliseconds; undefined where it does not tell. */
export async function aheadOfStorage({ blobs, config }: Given): Promise<number | undefined> {
  try {
    const { blobUrl } = await blobs.account(artifactsDestination(config));
    const before = Date.now();
    // Any answer has the time, a refusal too.
    const { headers } = await answered(`${blobUrl}?comp=list`, AbortSignal.timeout(checkLimit));
    const theirs = Date.parse(headers.get("date") ?? "");
    return Number.isNaN(theirs) ? undefined : aheadBy(theirs, before);
  } catch {
    return undefined;
  }
}

/** Whether the upload ledger and the grant log can be kept. */
export const checkTables = ({ config }: Pick<Context, "config">): Promise<Check> =>
  checked(
    "tables",
    async (signal) => {
      const opened = await openTables(config);
      if (!opened) throw new Error("No storage account is set for the upload ledger and the grant log.");
      await tryTables(opened, signal);
      return works("tables", "The upload ledger and the grant log can be kept.");
    },
    (error) =>
      storageFault(error)
        ? tablesCause(error, config)
        : ofSettings(error, "AzureWebJobsStorage or MLFLOW_FUNCTIONS_TABLES_STORAGE"),
  );
