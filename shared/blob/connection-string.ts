/** What a storage connection string says about Blob storage. */
export interface StorageConnection {
  account: string;
  /** Absent in a connection string that holds a SAS instead. */
  key?: string;
  suffix: string;
  /** The Blob endpoint without a slash at its end. */
  blobUrl: string;
}

const azuriteKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/**
 * @throws Error naming what is missing, never a value
 */
export function parseConnectionString(text: string): StorageConnection {
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
  if (parts.get("usedevelopmentstorage")?.toLowerCase() === "true")
    return {
      account: "devstoreaccount1",
      key: azuriteKey,
      suffix: "core.windows.net",
      blobUrl: "http://127.0.0.1:10000/devstoreaccount1",
    };
  const account = parts.get("accountname")?.toLowerCase();
  if (!account) throw new Error("AZURE_STORAGE_CONNECTION_STRING holds no AccountName");
  const suffix = parts.get("endpointsuffix") ?? "core.windows.net";
  const protocol = parts.get("defaultendpointsprotocol") ?? "https";
  const blobUrl = parts.get("blobendpoint") ?? `${protocol}://${account}.blob.${suffix}`;
  return { account, key: parts.get("accountkey"), suffix, blobUrl: blobUrl.replace(/\/+$/, "") };
}
