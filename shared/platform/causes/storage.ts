/** Why Azure Storage does not do what the app asks: a table of causes, each said with what mends it. */
import type { Cause } from "./cause.ts";

/** How a call to storage failed. */
export interface StorageFault {
  /** Of the error's class: `RestError` where storage was asked. */
  name: string;
  /** Undefined where storage did not answer. */
  status?: number | undefined;
  /** Storage's own, such as `ContainerNotFound`, or the system's, such as `ECONNREFUSED`. */
  code?: string | undefined;
  /** What the error says. It decides, and is not repeated. */
  text: string;
}

/** What was asked for. */
export interface StorageWork {
  /** Reading and writing blobs, a user delegation key, or tables. */
  use: "blobs" | "delegation key" | "tables";
  /** Undefined where only an address is known. */
  account?: string | undefined;
  container?: string | undefined;
  /** The setting that names the place. */
  setting?: string | undefined;
  /** Who asked, where that is not the app. */
  who?: "this machine";
}

interface Row {
  /** A name for tests and logs. */
  id: string;
  when(fault: StorageFault): boolean;
  says(work: StorageWork): string;
  mend(work: StorageWork): string;
}

const account = ({ account }: StorageWork) => (account ? `the storage account '${account}'` : "the storage account");
const placeOf = (work: StorageWork) =>
  work.container ? `the container '${work.container}' of ${account(work)}` : account(work);
const endpointOf = ({ use }: Pick<StorageWork, "use">) => (use === "tables" ? "table" : "blob");

/** The role that the app's identity needs, and where. */
function roleOf(work: StorageWork): string {
  switch (work.use) {
    case "delegation key":
      return `Storage Blob Delegator on ${account(work)}`;
    case "tables":
      return `Storage Table Data Contributor on ${account(work)}`;
    case "blobs":
      return `Storage Blob Data Contributor on ${placeOf(work)}`;
  }
}

const keySettings = ({ use }: StorageWork) =>
  use === "tables"
    ? "MLFLOW_FUNCTIONS_TABLES_STORAGE or AzureWebJobsStorage"
    : "AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_ACCESS_KEY";

const hasCode =
  (...codes: string[]) =>
  ({ code }: StorageFault) =>
    codes.includes(code ?? "");

const isRefused = ({ status }: StorageFault) => status === 401 || status === 403;

const networkMend = (work: StorageWork) =>
  work.who
    ? "Clients move artifacts to and from storage themselves: admit their addresses in the account's networking, or ask from inside " +
      "its network. Where clients can't reach it, MLFLOW_ARTIFACTS_PRESIGNED_ONLY=false and MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD=false send them through the app."
    : "Admit the app's subnet or address in the account's networking; where it has a private endpoint, the app's network " +
      `needs the DNS zone privatelink.${endpointOf(work)}.core.windows.net, linked to it, so that the name leads to the endpoint.`;

/** The first row that fits is the cause. */
const rows: Row[] = [
  {
    id: "no token",
    when: ({ name }) => /^(CredentialUnavailable|Authentication|AggregateAuthentication)(Required)?Error$/.test(name),
    says: (work) => `The app gets no token of Microsoft Entra ID for ${account(work)}.`,
    mend: () =>
      "Give the app a managed identity, and set AZURE_CLIENT_ID to its client id where it is user-assigned; on a laptop run `az login`.",
  },
  {
    id: "role",
    when: hasCode("AuthorizationPermissionMismatch", "InsufficientAccountPermissions"),
    says: (work) => `The app's identity lacks the role ${roleOf(work)}.`,
    mend: () => "Assign it. An assignment takes up to ten minutes to take effect; the app needs no restart then.",
  },
  {
    id: "clock",
    when: (fault) => isRefused(fault) && /date header|time frame/i.test(fault.text),
    says: (work) =>
      `The clocks of the app and of ${account(work)} differ by minutes, so it refuses the app's requests.`,
    mend: () => "Set the clock of the app's machine by a time server.",
  },
  {
    id: "expired token",
    when: (fault) => isRefused(fault) && /expired|lifetime validation/i.test(fault.text),
    says: (work) => `The app's token has expired for ${account(work)}.`,
    mend: () => "The next request gets a new one. If this stays, set the clock of the app's machine by a time server.",
  },
  {
    id: "shared keys off",
    when: hasCode("KeyBasedAuthenticationNotPermitted"),
    says: (work) => `Shared keys are turned off in ${account(work)}, and the app has one.`,
    mend: (work) => `Remove ${keySettings(work)}, so that the app's identity is used.`,
  },
  {
    id: "account disabled",
    when: hasCode("AccountIsDisabled"),
    says: (work) => `${capital(account(work))} is disabled.`,
    mend: () => "Enable the account's subscription again.",
  },
  {
    id: "wrong credential",
    when: (fault) =>
      hasCode("AuthenticationFailed", "InvalidAuthenticationInfo", "NoAuthenticationInformation")(fault) ||
      fault.status === 401 ||
      (isRefused(fault) && /failed to authenticate/i.test(fault.text)),
    says: (work) =>
      `${capital(account(work))} refuses the app's key or token: it is wrong, replaced, or of another tenant.`,
    mend: (work) =>
      `With a key, set ${keySettings(work)} to the account's present one; an identity must be of the account's tenant.`,
  },
  {
    id: "firewall",
    when: (fault) =>
      hasCode("AuthorizationFailure", "AuthorizationSourceIPMismatch", "IpAuthorizationError")(fault) ||
      (isRefused(fault) && /network/i.test(fault.text)),
    says: (work) => `The firewall of ${account(work)} does not admit ${work.who ?? "the app's network"}.`,
    mend: networkMend,
  },
  {
    id: "refused",
    when: isRefused,
    says: (work) => `${capital(placeOf(work))} refuses the app.`,
    mend: (work) => `With an identity it needs the role ${roleOf(work)}.`,
  },
  {
    id: "no container",
    when: hasCode("ContainerNotFound", "FilesystemNotFound", "ContainerBeingDeleted"),
    says: (work) => `There is no container '${work.container}' in ${account(work)}, and the app can't create it now.`,
    mend: ({ account, container }) =>
      `Correct MLFLOW_ARTIFACTS_DESTINATION, or run: az storage container create --account-name ${account} --name ${container} --auth-mode login`,
  },
  {
    id: "unknown name",
    when: ({ code = "" }) => /^(ENOTFOUND|EAI_)/.test(code),
    says: (work) => `The network knows no host of ${account(work)}.`,
    mend: (work) =>
      work.who
        ? networkMend(work)
        : `Correct the account's name in ${work.setting ?? "the settings"}; with a private endpoint, the app's network needs the DNS zone ` +
          `privatelink.${endpointOf(work)}.core.windows.net, linked to it.`,
  },
  {
    id: "refused connection",
    when: hasCode("ECONNREFUSED"),
    says: (work) => `Nothing takes connections at the address of ${account(work)}.`,
    mend: (work) => `Correct the address in ${work.setting ?? "the settings"}, or start the service there.`,
  },
  {
    id: "certificate",
    when: ({ code = "", text }) => /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/.test(code) || /certificate/i.test(text),
    says: (work) => `The certificate of ${account(work)} is not one that the app trusts.`,
    mend: () => "Look for a proxy that opens TLS; NODE_EXTRA_CA_CERTS names the file of its authority.",
  },
  {
    id: "silent",
    when: ({ name, status, code = "" }) =>
      status === undefined &&
      (/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET|EPIPE)/.test(code) ||
        /^(StorageLate|AbortError|TimeoutError)$/.test(name)),
    says: (work) => `${capital(account(work))} does not answer.`,
    mend: (work) => `It may be away. If this stays, a firewall drops the packets. ${networkMend(work)}`,
  },
  {
    id: "busy",
    when: ({ status }) => status === undefined || status === 429 || status >= 500,
    says: (work) => `${capital(account(work))} can't be reached or is busy.`,
    mend: () => "The app tries again with the next request.",
  },
];

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** The cause of a failed call, in a sentence that holds no secret, and what mends it. */
export function storageCause(fault: StorageFault, work: StorageWork): Cause {
  const row = rows.find(({ when }) => when(fault));
  if (row) return { id: row.id, message: row.says(work), mend: row.mend(work) };
  const answered = [fault.status, fault.code ?? fault.name].filter(Boolean).join(" ");
  return {
    id: "other",
    message: `${capital(placeOf(work))} can't be used: ${answered}.`,
    mend: `See ${work.setting ?? "the settings of the storage account"}.`,
  };
}
