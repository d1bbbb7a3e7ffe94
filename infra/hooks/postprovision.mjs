/**
 * azd's postprovision hook: tells the app registration of the identity that stands in for a client secret. It is known
 * from now on. What is not there yet is added, what is out of date is changed.
 */
import { askForPage } from "./lib/administrator.mjs";
import { hook, required, say } from "./lib/hook.mjs";
import { graphOf, isForbidden, orNothing } from "./lib/http.mjs";
import { changesOf, credentialOf } from "./lib/registration.mjs";

await hook(async () => {
  const clientId = required("MLFLOW_SIGN_IN_CLIENT_ID", "the app registration, which azd provision finds or makes");
  const output = (name) => required(name, "an output of infra/main.bicep");
  const wanted = {
    appName: output("AZURE_FUNCTION_APP_NAME"),
    redirectUri: output("SIGN_IN_REDIRECT_URI"),
    issuer: output("SIGN_IN_FEDERATED_ISSUER"),
    subject: output("SIGN_IN_FEDERATED_SUBJECT"),
  };
  const graph = graphOf(new URL(wanted.issuer).pathname.split("/")[1]);
  let app;
  try {
    app = await orNothing(graph("GET", `/applications(appId='${clientId}')`));
    if (app) await addRedirect(graph, app, wanted.redirectUri);
    await ensureCredential(graph, clientId, wanted);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    // Clients do without, so the deployment goes on.
    say(`\n${askForPage(clientId, wanted, app)}\n`);
  }
});

async function addRedirect(graph, app, redirectUri) {
  if (app.web?.redirectUris?.includes(redirectUri)) return;
  const [{ web }] = changesOf(app, redirectUri);
  await graph("PATCH", `/applications(appId='${app.appId}')`, { web });
  say(`Sign-in: the registration now has the redirect URI ${redirectUri}.`);
}

async function ensureCredential(graph, clientId, { appName, issuer, subject }) {
  const path = `/applications(appId='${clientId}')/federatedIdentityCredentials`;
  const credential = credentialOf(appName, { issuer, subject });
  const { value: all } = await graph("GET", path);
  if (all.some((each) => each.issuer === issuer && each.subject === subject)) return;
  // An identity that was deleted and made again has another id.
  const old = all.find(({ name }) => name === credential.name);
  const { name: _, ...changes } = credential;
  if (old) await graph("PATCH", `${path}/${old.id}`, changes);
  else await graph("POST", path, credential);
  say("Sign-in: the registration trusts the app's identity, so the page needs no client secret.");
}
