/** The app registration that people sign in with: what it has to be, and the requests that make it so. */

/** Azure CLI and azd, which share this id: their users get tokens without being asked for consent. */
const azureCli = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

// Ids of one's own choice. They are unique within a registration, so all registrations can have the same.
const scope = {
  id: "5a795e6b-5ea0-47d3-b962-6994653e8523",
  value: "user_impersonation",
  type: "User",
  isEnabled: true,
  adminConsentDisplayName: "Use MLflow",
  adminConsentDescription: "Use MLflow as the person who has signed in",
  userConsentDisplayName: "Use MLflow",
  userConsentDescription: "Use MLflow as you",
};

const role = (id, value, description) => ({
  id,
  value,
  displayName: value,
  description,
  isEnabled: true,
  allowedMemberTypes: ["User", "Application"],
});

const roles = [
  role("94956ffb-057a-41fb-9b9c-16213e14437b", "Reader", "Reads everything"),
  role("8adff0f1-ca1c-4bb6-910a-34468dd9fd1c", "Editor", "Reads, creates and edits everything"),
  role("156912cd-a508-409e-8d02-62b35489c4a1", "Admin", "May do everything"),
];

export const nameOf = (appName) => `MLflow (${appName})`;
export const redirectUriOf = (appName) => `https://${appName}.azurewebsites.net/.auth/login/aad/callback`;

/** The body that makes a registration. What needs its id is left to `changesOf`. */
export const creation = (appName) => ({
  displayName: nameOf(appName),
  signInAudience: "AzureADMyOrg",
  web: { redirectUris: [redirectUriOf(appName)], implicitGrantSettings: { enableIdTokenIssuance: true } },
  appRoles: roles,
  api: { requestedAccessTokenVersion: 2, oauth2PermissionScopes: [scope] },
});

/** What a registration of this id lacks: each part in words. */
export function lacks(app, redirectUri) {
  const found = scopeOf(app);
  const parts = {
    [`the application id URI api://${app.appId}`]: app.identifierUris?.includes(`api://${app.appId}`),
    [`the redirect URI ${redirectUri} (web)`]: app.web?.redirectUris?.includes(redirectUri),
    "ID tokens for the web": app.web?.implicitGrantSettings?.enableIdTokenIssuance,
    "access tokens of version 2": app.api?.requestedAccessTokenVersion === 2,
    [`the exposed scope ${scope.value}`]: found?.isEnabled,
    [`Azure CLI (${azureCli}) authorised in advance for that scope`]: isAuthorised(app, found),
    ...Object.fromEntries(
      roles.map(({ value }) => [`the app role ${value} for users and applications`, hasRole(app, value)]),
    ),
  };
  return Object.keys(parts).filter((part) => !parts[part]);
}

/**
 * The bodies of the two changes that give a registration what it lacks and leave the rest as it is. They are two, since
 * a scope has to be there before someone can be authorised for it.
 */
export function changesOf(app, redirectUri) {
  const own = scopeOf(app);
  const scopes = (app.api?.oauth2PermissionScopes ?? []).map((each) =>
    each === own ? { ...each, isEnabled: true } : each,
  );
  const api = {
    ...app.api,
    requestedAccessTokenVersion: 2,
    oauth2PermissionScopes: own ? scopes : [...scopes, scope],
    preAuthorizedApplications: app.api?.preAuthorizedApplications ?? [],
  };
  const first = {
    identifierUris: union(app.identifierUris, [`api://${app.appId}`]),
    web: {
      ...app.web,
      redirectUris: union(app.web?.redirectUris, [redirectUri]),
      implicitGrantSettings: { ...app.web?.implicitGrantSettings, enableIdTokenIssuance: true },
    },
    appRoles: [
      ...(app.appRoles ?? []).map((each) => (roles.some(({ value }) => value === each.value) ? forAll(each) : each)),
      ...roles.filter(({ value }) => !app.appRoles?.some((each) => each.value === value)),
    ],
    api,
  };
  const second = { api: { ...api, preAuthorizedApplications: withAzureCli(api, (own ?? scope).id) } };
  return [first, second];
}

const union = (some = [], more) => [...new Set([...some, ...more])];
const forAll = (each) => ({
  ...each,
  isEnabled: true,
  allowedMemberTypes: union(each.allowedMemberTypes, ["User", "Application"]),
});

const scopeOf = (app) => app.api?.oauth2PermissionScopes?.find(({ value }) => value === scope.value);

const isAuthorised = (app, found) =>
  app.api?.preAuthorizedApplications?.some(
    ({ appId, delegatedPermissionIds }) => appId === azureCli && delegatedPermissionIds.includes(found?.id),
  );

function hasRole(app, value) {
  const found = app.appRoles?.find((each) => each.value === value && each.isEnabled);
  return ["User", "Application"].every((type) => found?.allowedMemberTypes.includes(type));
}

function withAzureCli({ preAuthorizedApplications }, scopeId) {
  const others = preAuthorizedApplications.filter(({ appId }) => appId !== azureCli);
  const own = preAuthorizedApplications.find(({ appId }) => appId === azureCli);
  return [...others, { appId: azureCli, delegatedPermissionIds: union(own?.delegatedPermissionIds, [scopeId]) }];
}

/** The id of the app role Admin in a registration. */
export const adminRoleOf = (app) => (app.appRoles ?? roles).find(({ value }) => value === "Admin").id;

/** The federated credential by which App Service signs people in without a client secret. */
export const credentialOf = (appName, { issuer, subject }) => ({
  name: appName,
  description: "App Service, as the identity of the app",
  issuer,
  subject,
  audiences: ["api://AzureADTokenExchange"],
});
