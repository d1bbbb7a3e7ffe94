import type { TokenCredential } from "@azure/identity";

const known = new Map<string, Promise<TokenCredential>>();

/**
 * The app's Entra identity, one for all that ask so that they share its tokens.
 * @param clientId of a user-assigned identity, where the default one is not meant
 */
export function identity(clientId?: string): Promise<TokenCredential> {
  const key = clientId ?? "";
  const made = known.get(key) ?? makeIdentity(clientId);
  known.set(key, made);
  return made;
}

async function makeIdentity(managedIdentityClientId: string | undefined): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await import("@azure/identity");
  return managedIdentityClientId
    ? new DefaultAzureCredential({ managedIdentityClientId })
    : new DefaultAzureCredential();
}
