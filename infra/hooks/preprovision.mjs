/**
 * azd's preprovision hook: finds out what would stop the deployment, and prepares what Bicep can't: resource providers
 * and the app registration. Every part can be done again, and is left alone where it is as it has to be.
 */
import { randomBytes } from "node:crypto";
import { claimsOf, setValue, tokenFor } from "./lib/azd.mjs";
import { hook, required, say, value } from "./lib/hook.mjs";
import { arm, graphOf } from "./lib/http.mjs";
import { registerProviders } from "./lib/providers.mjs";
import { ensureSignIn } from "./lib/sign-in.mjs";
import { checkRegion, checkRights, ensureGroup } from "./lib/subscription.mjs";

await hook(async () => {
  const subscription = required("AZURE_SUBSCRIPTION_ID", "the id of the subscription to deploy into");
  const location = required("AZURE_LOCATION", "the region to deploy into, as westeurope");
  const { tenantId: tenant } = await arm("GET", `/subscriptions/${subscription}`, "2022-12-01");
  await checkRights(subscription);
  await registerProviders(subscription);
  await checkRegion(subscription, location);
  const appName = await nameOfApp();
  const { oid: deployer } = claimsOf(await tokenFor("https://graph.microsoft.com", tenant));
  await ensureSignIn(graphOf(tenant), { appName, deployer, tenant });
  await ensureGroup(subscription, location);
  say(`The app's address will be https://${appName}.azurewebsites.net`);
});

/** Chosen here and not by Bicep, so that the redirect URI is known before there is an app. */
async function nameOfApp() {
  const known = value("MLFLOW_APP_NAME") ?? value("AZURE_FUNCTION_APP_NAME");
  const name = known ?? `mlflow-${randomBytes(6).toString("hex")}`;
  if (value("MLFLOW_APP_NAME") !== name) await setValue("MLFLOW_APP_NAME", name);
  return name;
}
