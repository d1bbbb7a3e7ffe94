import type { AccessToken, TokenCredential } from "@azure/identity";
import { within } from "../azure/limits.ts";
import { onceFor } from "../once.ts";

/**
 * The app's Entra identity, one for all that ask so that they share its tokens.
 * @param clientId of a user-assigned identity, where the default one is not meant
 */
export const identity: (clientId?: string) => Promise<TokenCredential> = onceFor(async (managedIdentityClientId) => {
  const { DefaultAzureCredential } = await import("@azure/identity");
  return patient(
    managedIdentityClientId ? new DefaultAzureCredential({ managedIdentityClientId }) : new DefaultAzureCredential(),
  );
});

/** Milliseconds to wait for a token; the library tries its sources several times and without a limit. */
const tokenLimit = 15_000;

/** A credential that gives up in time. */
export const patient = (credential: TokenCredential, limit = tokenLimit): TokenCredential => ({
  getToken: (scopes, options) =>
    within(limit, (abortSignal) => credential.getToken(scopes, { ...options, abortSignal })),
});

/** A token of the app's identity; the library may have it already. */
export async function tokenFor(scope: string): Promise<AccessToken> {
  const credential = await identity();
  return (await credential.getToken(scope))!;
}

/**
 * A token of the app's identity that was issued now. The library keeps those of managed identities as long as the
 * process lives, and has no way around that, but for the library below it.
 */
export async function tokenAnew(scope: string): Promise<AccessToken> {
  if (process.env.IDENTITY_ENDPOINT) {
    const { ManagedIdentityApplication } = await import("@azure/msal-node");
    const userAssignedClientId = process.env.AZURE_CLIENT_ID;
    const app = new ManagedIdentityApplication({ managedIdentityIdParams: { userAssignedClientId } });
    await within(tokenLimit, () => app.acquireToken({ resource: scope, forceRefresh: true }));
    return tokenFor(scope);
  }
  const { DefaultAzureCredential } = await import("@azure/identity");
  return (await patient(new DefaultAzureCredential()).getToken(scope))!;
}
