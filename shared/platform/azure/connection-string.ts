/** What a storage connection string says. */
export interface StorageConnection {
  account: string;
  /** Absent in a connection string that holds a SAS instead. */
  key?: string;
  sas?: string;
  suffix: string;
  /** The Blob endpoint without a slash at its end. */
  blobUrl: string;
  /** The Table endpoint without a slash at its end. */
  tableUrl: string;
}

const azuriteKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/**
 * @param setting whose value it is, for the error
 * @throws Error naming what is missing, never a value
 */
export function parseConnectionString(text: string, setting = "AZURE_STORAGE_CONNECTION_STRING"): StorageConnection {
  const parts = new Map(
    text
      .split(";")
      .map((part) => part.trim())
      .filter(Boolean)
      .map((part): [string, string] => {
        const at = part.indexOf("=");
        return [part.slice(0, at).toLowerCase(), part.slice(at + 1)];
      }),
  );
  if (parts.get("usedevelopmentstorage")?.toLowerCase() === "true") return developmentStorage;
  const account = parts.get("accountname")?.toLowerCase();
  if (!account) throw new Error(`${setting} holds no AccountName`);
  const suffix = parts.get("endpointsuffix") ?? "core.windows.net";
  const protocol = parts.get("defaultendpointsprotocol") ?? "https";
  const endpoint = (service: "blob" | "table") =>
    (parts.get(`${service}endpoint`) ?? `${protocol}://${account}.${service}.${suffix}`).replace(/\/+$/, "");
  return {
    account,
    key: parts.get("accountkey"),
    sas: parts.get("sharedaccesssignature"),
    suffix,
    blobUrl: endpoint("blob"),
    tableUrl: endpoint("table"),
  };
}

const developmentStorage: StorageConnection = {
  account: "devstoreaccount1",
  key: azuriteKey,
  suffix: "core.windows.net",
  blobUrl: "http://127.0.0.1:10000/devstoreaccount1",
  tableUrl: "http://127.0.0.1:10002/devstoreaccount1",
};
