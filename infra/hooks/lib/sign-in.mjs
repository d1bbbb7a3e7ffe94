/** Makes the app registration what it has to be, whatever an earlier run has left, by as few requests as possible. */
import { askForAdmin, askForChanges, askForRegistration } from "./administrator.mjs";
import { setValue } from "./azd.mjs";
import { Stop, say, value, waitUntil } from "./hook.mjs";
import { isForbidden, orNothing, Refused } from "./http.mjs";
import { adminRoleOf, changesOf, creation, lacks, nameOf, redirectUriOf } from "./registration.mjs";

const variable = "MLFLOW_SIGN_IN_CLIENT_ID";
/** What was just made is not everywhere in the directory at once. */
const secondsToSpread = 120;

/** Whether an administrator's registration is taken as it is. */
const isUnchecked = () => value("MLFLOW_SIGN_IN_UNCHECKED") === "true";

/**
 * Finds or makes the registration, completes it, and makes the deployer its Admin.
 * @throws Stop where the tenant or the registration's owner has to do it, with what exactly
 */
export async function ensureSignIn(graph, { appName, deployer, tenant }) {
  const redirectUri = redirectUriOf(appName);
  const app =
    (await given(graph, tenant)) ?? (await found(graph, appName)) ?? (await made(graph, { appName, deployer, tenant }));
  if (app === unreadable)
    return say(`Sign-in: the registration ${value(variable)} can't be read, and is taken as it is.`);
  if (value(variable) !== app.appId) await setValue(variable, app.appId);
  await complete(graph, app, redirectUri);
  await makeAdmin(graph, app, deployer);
}

const unreadable = Symbol("unreadable");
const byAppId = (appId) => `/applications(appId='${appId}')`;

async function given(graph, tenant) {
  const clientId = value(variable);
  if (!clientId) return undefined;
  if (!/^[\da-f-]{36}$/i.test(clientId)) throw new Stop(`${variable} is no (client) id: ${clientId}`);
  try {
    const app = await orNothing(graph("GET", byAppId(clientId)));
    if (app) return app;
  } catch (error) {
    if (isForbidden(error)) return unreadable;
    throw error;
  }
  throw new Stop(
    `Tenant ${tenant} has no app registration ${clientId}. If it was deleted, make a new one with:\n` +
      `  azd env set ${variable} "" && azd up`,
  );
}

async function found(graph, appName) {
  const filter = encodeURIComponent(`displayName eq '${nameOf(appName)}'`);
  const { value: all } = await graph("GET", `/applications?$filter=${filter}`);
  if (all.length > 1)
    throw new Stop(
      `There are ${all.length} app registrations of the name "${nameOf(appName)}". Say which one is meant:\n` +
        all.map(({ appId }) => `  azd env set ${variable} ${appId}`).join("\n"),
    );
  if (all[0]) say(`Sign-in: the app registration "${nameOf(appName)}" of an earlier run is used.`);
  return all[0];
}

async function made(graph, wanted) {
  try {
    const app = await graph("POST", "/applications", creation(wanted.appName));
    say(`Sign-in: the app registration "${app.displayName}" was made. Its (client) id is ${app.appId}.`);
    await waitUntil(
      "The app registration",
      async () => ((await orNothing(graph("GET", byAppId(app.appId)))) ? undefined : "it is not everywhere yet"),
      secondsToSpread,
    );
    return app;
  } catch (error) {
    if (isForbidden(error)) throw new Stop(askForRegistration(wanted));
    throw error;
  }
}

async function complete(graph, app, redirectUri) {
  const missing = lacks(app, redirectUri);
  if (missing.length === 0 || isUnchecked()) return;
  try {
    for (const body of changesOf(app, redirectUri)) await graph("PATCH", byAppId(app.appId), body);
    for (const part of missing) say(`Sign-in: the registration now has ${part}.`);
  } catch (error) {
    if (isForbidden(error)) throw new Stop(askForChanges(app, redirectUri));
    throw error;
  }
}

async function makeAdmin(graph, app, deployer) {
  if (isUnchecked()) return;
  try {
    // With its roles as they are now: what the registration had before may have been without Admin.
    const current = (await orNothing(graph("GET", byAppId(app.appId)))) ?? app;
    const { id } = await servicePrincipal(graph, app.appId);
    const body = { principalId: deployer, resourceId: id, appRoleId: adminRoleOf(current) };
    const given = await spread("The app role Admin", async () => {
      if (await isAdmin(graph, body)) return "before";
      await graph("POST", `/servicePrincipals/${id}/appRoleAssignedTo`, body);
      return "now";
    });
    if (given === "now") say("Sign-in: you have the app role Admin.");
  } catch (error) {
    if (isForbidden(error)) throw new Stop(askForAdmin(app, deployer));
    throw error;
  }
}

async function servicePrincipal(graph, appId) {
  const there = await orNothing(graph("GET", `/servicePrincipals(appId='${appId}')`));
  return there ?? spread("The service principal", () => graph("POST", "/servicePrincipals", { appId }));
}

/** The answer to a request that needs what was made a moment ago, which not every server of the directory knows yet. */
async function spread(title, ask) {
  let answer;
  await waitUntil(
    title,
    async () => {
      try {
        answer = await ask();
      } catch (error) {
        if (!(error instanceof Refused) || ![400, 404].includes(error.status)) throw error;
        return error.message;
      }
    },
    secondsToSpread,
  );
  return answer;
}

async function isAdmin(graph, { principalId, resourceId, appRoleId }) {
  for (let next = `/servicePrincipals/${resourceId}/appRoleAssignedTo`; next; ) {
    const page = await graph("GET", next);
    if (page.value.some((each) => each.principalId === principalId && each.appRoleId === appRoleId)) return true;
    next = page["@odata.nextLink"];
  }
  return false;
}
