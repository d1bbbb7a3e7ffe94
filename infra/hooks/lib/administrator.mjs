/** What an administrator of the tenant is asked for where the deployer may not do it: in words, and as commands. */
import { adminRoleOf, changesOf, creation, credentialOf, lacks, nameOf, redirectUriOf } from "./registration.mjs";

const graph = "https://graph.microsoft.com/v1.0";
const forShell = "The commands are for Bash, such as that of Azure Cloud Shell.";

/** Text in single quotes, in which `$name` is put in by the shell. */
const quoted = (value) =>
  `'${JSON.stringify(value)
    .replaceAll("'", "’")
    .replace(/\$(id|sp)\b/g, (variable) => `'${variable}'`)}'`;

const rest = (method, path, body) =>
  `az rest --method ${method} --url "${graph}${path}" --headers Content-Type=application/json --body ${quoted(body)}`;

const assign = (deployer, appRoleId) =>
  rest("post", "/servicePrincipals/$sp/appRoleAssignedTo", { principalId: deployer, resourceId: "$sp", appRoleId });

/** A registration that may not be made: everything about it. */
export function askForRegistration({ appName, deployer, tenant }) {
  const redirectUri = redirectUriOf(appName);
  const made = { ...creation(appName), appId: "$id" };
  const missing = lacks({ appId: "<its client id>" }, redirectUri);
  return `This tenant (${tenant}) does not let you make app registrations. Nothing has been created.
Ask an administrator (of the role Application Developer or above) for an app registration with

  the name "${nameOf(appName)}", for accounts of this tenant only
${list(missing)}
  the deployer ${deployer} as its owner, who then adds a federated credential for the app's identity
  a service principal (enterprise application), in which ${deployer} has the app role Admin

${forShell}

  id=$(${rest("post", "/applications", creation(appName))} --query appId --output tsv)
  ${rest("patch", "/applications(appId='$id')", completion(made, redirectUri))}
  sp=$(az ad sp create --id $id --query id --output tsv)
  az ad app owner add --id $id --owner-object-id ${deployer}
  ${assign(deployer, adminRoleOf(made))}
  echo $id

Then go on with the id that the last command prints:

  azd env set MLFLOW_SIGN_IN_CLIENT_ID <id> && azd up`;
}

function completion(made, redirectUri) {
  const [{ identifierUris }, { api }] = changesOf(made, redirectUri);
  return { identifierUris, api };
}

/** A registration that lacks something, and that may not be changed. */
export function askForChanges(app, redirectUri) {
  const path = `/applications(appId='${app.appId}')`;
  return `The app registration ${app.appId} is not yours to change, and it lacks
${list(lacks(app, redirectUri))}
Nothing has been created. Ask an administrator, or one of its owners. ${forShell}

${changesOf(app, redirectUri)
  .map((body) => `  ${rest("patch", path, body)}`)
  .join("\n")}

Then run azd up again. To go on without: azd env set MLFLOW_SIGN_IN_UNCHECKED true`;
}

/** An enterprise application that may not be made, or in which the deployer may not be given a role. */
export function askForAdmin(app, deployer) {
  return `You may not give yourself the app role Admin of the app registration ${app.appId}. Nothing has been created.
Ask an administrator, or an owner of its enterprise application. ${forShell}

  sp=$(az ad sp show --id ${app.appId} --query id --output tsv || az ad sp create --id ${app.appId} --query id --output tsv)
  ${assign(deployer, adminRoleOf(app))}

Then run azd up again. To go on without: azd env set MLFLOW_SIGN_IN_UNCHECKED true`;
}

/** What is known only after the deployment. Clients can sign in without it, the page can't. */
export function askForPage(clientId, { appName, redirectUri, issuer, subject }, app) {
  const path = `/applications(appId='${clientId}')`;
  const web = app && !app.web?.redirectUris?.includes(redirectUri) ? changesOf(app, redirectUri)[0].web : undefined;
  return `Clients can sign in. For the page, the app registration ${clientId} needs a federated credential, which is not
yours to add. Ask an administrator, or one of its owners. ${forShell}

  ${rest("post", `${path}/federatedIdentityCredentials`, credentialOf(appName, { issuer, subject }))}${
    web ? `\n  ${rest("patch", path, { web })}` : ""
  }

Then nothing else has to be done.`;
}

const list = (parts) => parts.map((part) => `  ${part}`).join("\n");
