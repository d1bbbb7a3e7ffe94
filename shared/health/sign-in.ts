/** Whether the settings of sign-in let people in. */
import type { Config } from "../platform/config.ts";
import { keysAddress } from "../platform/identity/entra.ts";
import { isEasyAuthMarked, signInWarnings } from "../platform/identity/entra-settings.ts";
import { type Check, checked, fails, works } from "./check.ts";

const name = "sign-in";

/** Looks at the settings and, for Entra, asks the authority for the keys that tokens are checked with. */
export async function checkSignIn(config: Config): Promise<Check> {
  const modes = config.MLFLOW_FUNCTIONS_AUTH;
  if (!modes?.length) {
    const why = modes ? "MLFLOW_FUNCTIONS_AUTH is none" : "MLFLOW_FUNCTIONS_AUTH is not set";
    return works(name, `Nobody signs in, since ${why}: everyone who can reach the app is served.`);
  }
  if (modes.includes("easyauth") && !isEasyAuthMarked(config))
    return fails(name, {
      message: "MLFLOW_FUNCTIONS_AUTH has easyauth, but App Service's own sign-in is off, so that it signs nobody in.",
      mend: "Turn App Service Authentication on for the app (it sets WEBSITE_AUTH_ENABLED), or take easyauth out.",
    });
  const [note] = signInWarnings(config);
  const fine = works(name, `People sign in by ${modes.join(", ")}.${note ? ` ${note}.` : ""}`);
  return modes.includes("entra") ? authorityAnswers(config, fine) : fine;
}

function authorityAnswers(config: Config, fine: Check): Promise<Check> {
  const { MLFLOW_FUNCTIONS_ENTRA_AUTHORITY: authority, MLFLOW_FUNCTIONS_ENTRA_TENANTS: tenants = [] } = config;
  return checked(
    name,
    async (signal) => {
      const answers = await Promise.all(
        tenants.map((tenant) => fetch(keysAddress(authority, tenant, "2.0"), { signal, redirect: "error" })),
      );
      const unknown = tenants.filter((_, index) => !answers[index]!.ok);
      if (unknown.length === 0) return fine;
      return fails(name, {
        message: `${authority} has no signing keys for the tenant ${unknown.join(", ")}.`,
        mend: "Correct MLFLOW_FUNCTIONS_ENTRA_TENANTS, or MLFLOW_FUNCTIONS_ENTRA_AUTHORITY for another cloud.",
      });
    },
    () => ({
      message: `The app can't reach ${authority}, from which it needs the keys that tokens are checked with.`,
      mend: "Let the app's network out to it (the service tag AzureActiveDirectory), or correct MLFLOW_FUNCTIONS_ENTRA_AUTHORITY.",
    }),
  );
}
