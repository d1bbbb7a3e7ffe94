/**
 * Resource providers. Azure registers those of a template by itself, but not Microsoft.App, which an app in a network
 * needs.
 */
import { patience, Stop, waitUntil } from "./hook.mjs";
import { arm, isForbidden } from "./http.mjs";

const version = "2021-04-01";
const needed = [
  "Microsoft.App",
  "Microsoft.DBforPostgreSQL",
  "Microsoft.Insights",
  "Microsoft.ManagedIdentity",
  "Microsoft.Network",
  "Microsoft.OperationalInsights",
  "Microsoft.Storage",
  "Microsoft.Web",
];

/** @throws Stop with the commands for an administrator of the subscription, where the deployer may not register */
export async function registerProviders(subscription) {
  const path = (name) => `/subscriptions/${subscription}/providers/${name}`;
  const stateOf = async (name) => (await arm("GET", path(name), version)).registrationState;
  const states = await Promise.all(needed.map(async (name) => [name, await stateOf(name)]));
  const missing = states.filter(([, state]) => state !== "Registered").map(([name]) => name);
  try {
    for (const name of missing) await arm("POST", `${path(name)}/register`, version);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const commands = missing.map((name) => `  az provider register --subscription ${subscription} --namespace ${name}`);
    throw new Stop(
      `Resource providers are not registered in the subscription, and you may not register them.\n` +
        `Nothing has been created. Ask one of its owners:\n${commands.join("\n")}`,
    );
  }
  if (missing.length === 0) return;
  await waitUntil(
    "Resource providers",
    async () => {
      const now = await Promise.all(missing.map(async (name) => `${name} ${await stateOf(name)}`));
      const awaited = now.filter((each) => !each.endsWith(" Registered"));
      return awaited.length === 0 ? undefined : awaited.join(", ");
    },
    patience("MLFLOW_PROVIDERS_WAIT_SECONDS", 900),
  );
}
