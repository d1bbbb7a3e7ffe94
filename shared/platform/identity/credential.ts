import type { TokenCredential } from "@azure/identity";
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
