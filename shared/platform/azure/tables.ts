/** The app's tables in Table Storage. */
import type {
  AzureNamedKeyCredential,
  AzureSASCredential,
  TableClient,
  TableEntity,
  TableServiceClient,
  TableServiceClientOptions,
} from "@azure/data-tables";
import type { TokenCredential } from "@azure/identity";
import type { Cause } from "../causes/cause.ts";
import { storageCause } from "../causes/storage.ts";
import type { Config } from "../config.ts";
import { identity } from "../identity/credential.ts";
import { isMissing, isStorageCode, storageFault } from "./storage-errors.ts";
import { type TablesPlace, tablesPlace } from "./tables-place.ts";

export interface Tables {
  /** The Table endpoint. */
  url: string;
  service: TableServiceClient;
  /** The client of `<prefix><name>`. */
  table(name: string): TableClient;
  prefix: string;
}

/**
 * Opens the tables, and loads the SDK. The SDK retries nothing here; the caller decides how long to wait.
 * @returns undefined where no setting names a storage account
 * @throws Error as tablesPlace
 */
export async function openTables(settings: Config): Promise<Tables | undefined> {
  const place = tablesPlace(settings);
  if (!place) return undefined;
  const { TableClient, TableServiceClient } = await import("@azure/data-tables");
  const { url } = place;
  // The three constructors differ in the credential's type only.
  const credential = (await credentialOf(place)) as TokenCredential;
  const options: TableServiceClientOptions = {
    allowInsecureConnection: url.startsWith("http://"),
    retryOptions: { maxRetries: 0 },
    additionalPolicies: [{ policy: limitEachTry, position: "perRetry" }],
  };
  const prefix = settings.MLFLOW_FUNCTIONS_TABLES_PREFIX;
  const clients = new Map<string, TableClient>();
  const table = (name: string) => {
    const client = clients.get(name) ?? new TableClient(url, prefix + name, credential, options);
    clients.set(name, client);
    return client;
  };
  return { url, prefix, service: new TableServiceClient(url, credential, options), table };
}

/** Milliseconds, unless the caller sets another limit; used by the timer and by operators' commands. */
const tryLimit = 10_000;

const limitEachTry: NonNullable<TableServiceClientOptions["additionalPolicies"]>[number]["policy"] = {
  name: "limitEachTry",
  sendRequest(request, next) {
    request.abortSignal ??= AbortSignal.timeout(tryLimit);
    return next(request);
  },
};

type Credential = AzureNamedKeyCredential | AzureSASCredential | TokenCredential;

async function credentialOf({ key, sas, clientId }: TablesPlace): Promise<Credential> {
  const { AzureNamedKeyCredential, AzureSASCredential } = await import("@azure/data-tables");
  if (key) return new AzureNamedKeyCredential(key.account, key.key);
  return sas ? new AzureSASCredential(sas) : identity(clientId);
}

/** Adds a row, and its table where that is missing. */
export async function insertRow(client: TableClient, row: TableEntity, abortSignal: AbortSignal): Promise<void> {
  try {
    await client.createEntity(row, { abortSignal });
  } catch (error) {
    if (!isMissing(error)) throw error;
    await client.createTable({ abortSignal });
    await client.createEntity(row, { abortSignal });
  }
}

/** The same. @returns false where there is a row of this key already */
export async function insertOnce(client: TableClient, row: TableEntity, abortSignal: AbortSignal): Promise<boolean> {
  try {
    await insertRow(client, row, abortSignal);
    return true;
  } catch (error) {
    if (isStorageCode(error, "EntityAlreadyExists")) return false;
    throw error;
  }
}

/** Why the tables can't be used. */
export function tablesCause(error: unknown, settings: Config): Cause {
  const { account, setting } = placeOrNone(settings) ?? {};
  const fault = storageFault(error);
  if (fault) return storageCause(fault, { use: "tables", account, setting });
  return { id: "other", message: `The tables can't be used: ${describeFailure(error)}.`, mend: `See ${setting}.` };
}

function placeOrNone(settings: Config): TablesPlace | undefined {
  try {
    return tablesPlace(settings);
  } catch {
    return undefined;
  }
}

const tableErrorCode = (error: unknown) =>
  (error as { details?: { odataError?: { code?: string } } }).details?.odataError?.code;

/** What went wrong, in few words that hold no secret. */
export function describeFailure(error: unknown): string {
  const { statusCode, code, name, message } = error as Error & { statusCode?: number; code?: string };
  if (statusCode) return `${statusCode} ${tableErrorCode(error) ?? code ?? name}`;
  return code ?? message.split("\n")[0]!.slice(0, 200);
}
