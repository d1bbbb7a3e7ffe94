/** Where the tables lie. */

import type { Config } from "../config.ts";
import { parseConnectionString } from "./connection-string.ts";

/** The Table endpoint without a slash at its end, and the credential: a key, a SAS, or else the app's identity. */
export interface TablesPlace {
  url: string;
  /** Of the storage account, as far as the settings tell. */
  account: string | undefined;
  /** The setting that says so. */
  setting: string;
  key?: { account: string; key: string };
  sas?: string;
  /** Of a user-assigned identity. */
  clientId?: string;
}

/**
 * The account of MLFLOW_FUNCTIONS_TABLES_STORAGE, else that of AzureWebJobsStorage in any form the host takes.
 * @returns undefined where no setting names one
 * @throws Error naming the setting that is wrong, never its value
 */
export function tablesPlace(settings: Config): TablesPlace | undefined {
  const clientId = settings.AzureWebJobsStorage__clientId;
  const own = settings.MLFLOW_FUNCTIONS_TABLES_STORAGE;
  if (own && /^https?:\/\//.test(own)) return { ...atUrl(own), setting: "MLFLOW_FUNCTIONS_TABLES_STORAGE", clientId };
  if (own) return placeOf(own, "MLFLOW_FUNCTIONS_TABLES_STORAGE");
  if (settings.AzureWebJobsStorage) return placeOf(settings.AzureWebJobsStorage, "AzureWebJobsStorage");
  const uri = settings.AzureWebJobsStorage__tableServiceUri;
  if (uri) return { ...atUrl(uri), setting: "AzureWebJobsStorage__tableServiceUri", clientId };
  const account = settings.AzureWebJobsStorage__accountName;
  const setting = "AzureWebJobsStorage__accountName";
  return account ? { url: `https://${account}.table.core.windows.net`, account, setting, clientId } : undefined;
}

const accountIn = /^https:\/\/([a-z0-9]+)\.table\./;

const atUrl = (url: string) => ({ url: withoutSlash(url), account: accountIn.exec(url)?.[1] });

const withoutSlash = (url: string) => url.replace(/\/+$/, "");

function placeOf(connectionString: string, setting: string): TablesPlace {
  const { account, key, sas, tableUrl } = parseConnectionString(connectionString, setting);
  if (key) return { url: tableUrl, account, setting, key: { account, key } };
  if (sas) return { url: tableUrl, account, setting, sas };
  throw new Error(`${setting} holds neither an AccountKey nor a SharedAccessSignature`);
}
