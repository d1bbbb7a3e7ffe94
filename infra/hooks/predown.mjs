/**
 * azd's predown hook: says what will be lost and asks for it, then takes the app out of its network. A subnet that an
 * app was deleted in stays locked for days, and its network with it.
 */
import { createInterface } from "node:readline/promises";
import { tokenForApp } from "./lib/azd.mjs";
import { hook, patience, Stop, say, value, waitUntil } from "./lib/hook.mjs";
import { arm, orNothing } from "./lib/http.mjs";
import { lossesOf, shownBytes } from "./lib/losses.mjs";
import { tracking } from "./lib/tracking.mjs";

await hook(async () => {
  const group = `/subscriptions/${value("AZURE_SUBSCRIPTION_ID")}/resourceGroups/${value("AZURE_RESOURCE_GROUP")}`;
  await refuseLocked(group);
  say(await whatIsLost());
  await confirm();
  await leaveNetwork();
});

async function refuseLocked(group) {
  const answer = await orNothing(arm("GET", `${group}/providers/Microsoft.Authorization/locks`, "2020-05-01"));
  const locks = (answer?.value ?? []).filter(({ properties }) => properties.level !== "NotSpecified");
  if (locks.length === 0) return;
  throw new Stop(
    "Nothing is deleted, since this is locked against deletion. Remove the locks first:\n" +
      locks.map(({ id }) => `  az lock delete --ids ${id}`).join("\n"),
  );
}

async function whatIsLost() {
  const [url, clientId] = [value("MLFLOW_TRACKING_URI"), value("MLFLOW_SIGN_IN_CLIENT_ID")];
  const left = clientId ? `\nThe app registration stays: az ad app delete --id ${clientId}` : "";
  try {
    if (!url || !clientId) throw new Error("nothing was deployed yet");
    const app = tracking(url.replace(/\/+$/, ""), () => tokenForApp(clientId));
    const { experiments, runs, artifacts } = await lossesOf(app);
    return `azd down deletes, for ever:
  ${atLeast(experiments)}${experiments.count} experiments
  ${atLeast(runs)}${runs.count} runs
  ${atLeast(artifacts)}${shownBytes(artifacts.bytes)} of artifacts in ${artifacts.files} files
in PostgreSQL and storage, with all backups.${left}`;
  } catch (error) {
    return `azd down deletes all experiments, runs and artifacts, for ever. How many is not known: the app does not answer.
  (${error.message})${left}`;
  }
}

function atLeast({ whole }) {
  return whole ? "" : "at least ";
}

/** Without a terminal, as in a pipeline, azd's own --force is the confirmation. */
async function confirm() {
  if (!process.stdin.isTTY) return;
  const name = value("AZURE_ENV_NAME") ?? "yes";
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Type "${name}" to go on: `);
  terminal.close();
  if (answer.trim() !== name) throw new Stop("Nothing was deleted.");
}

async function leaveNetwork() {
  const [app, subnet] = [value("APP_RESOURCE_ID"), value("APP_SUBNET_ID")];
  if (!app || !subnet || !(await orNothing(arm("GET", app, "2025-03-01")))) return;
  await orNothing(arm("DELETE", `${app}/networkConfig/virtualNetwork`, "2025-03-01"));
  await waitUntil(
    "The network",
    async () => {
      const { properties } = (await orNothing(arm("GET", subnet, "2025-01-01"))) ?? {};
      const links = (properties?.serviceAssociationLinks ?? []).map(({ name }) => name);
      return links.length === 0 ? undefined : `the app's subnet is still in use (${links.join(", ")})`;
    },
    patience("MLFLOW_NETWORK_WAIT_SECONDS", 600),
  );
  say("The app has left its network.");
}
