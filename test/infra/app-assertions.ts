import { expect } from "vitest";
import { tablesPlace } from "../../shared/platform/azure/tables-place.ts";
import { parseConfig } from "../../shared/platform/config.ts";
import { tenant } from "./bicep.ts";
import { type Assertion, all, at, type Deployment, one, remove, set, setting, settingsOf } from "./deployment.ts";
import { platformSettings } from "./platform-settings.ts";

const registration = ({ parameters }: Deployment) => parameters.signInClientId ?? "";

/** Eight bodies of 50 MB at once were the most that an instance of 2048 MB held. */
const bodiesOfAnInstance = 8 * 50 * 1024 * 1024;

const secrets = /AccountKey=|SharedAccess|[?&]sig=|password=|client_?secret=|list\w*(Keys|Secrets|Credentials|Sas)\b/i;

const signInNames = [
  "MLFLOW_FUNCTIONS_AUTH",
  "MLFLOW_FUNCTIONS_ENTRA_AUDIENCES",
  "MLFLOW_FUNCTIONS_ENTRA_TENANTS",
  "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID",
];

export const appAssertions: Assertion[] = [
  {
    name: "the app runs on Flex Consumption with Node 22, and only by HTTPS with TLS 1.2 or newer",
    holds: (deployment) => {
      expect(one(deployment, "plan").sku).toEqual({ name: "FC1", tier: "FlexConsumption" });
      expect(one(deployment, "site")).toMatchObject({
        kind: "functionapp,linux",
        properties: {
          serverFarmId: one(deployment, "plan").id,
          httpsOnly: true,
          siteConfig: { minTlsVersion: "1.2", scmMinTlsVersion: "1.2", ftpsState: "Disabled" },
          functionAppConfig: { runtime: { name: "node", version: "22" } },
        },
      });
    },
    broken: {
      "another plan": set("plan", "sku.name", "Y1"),
      "Node 20": set("site", "properties.functionAppConfig.runtime.version", "20"),
      "plain HTTP": set("site", "properties.httpsOnly", false),
      "TLS 1.1": set("site", "properties.siteConfig.minTlsVersion", "1.1"),
      FTP: set("site", "properties.siteConfig.ftpsState", "AllAllowed"),
    },
  },
  {
    name: "an instance holds as many bodies as it takes requests, and none is always ready unless asked for",
    holds: (deployment) => {
      const scale = at(one(deployment, "site"), "properties.functionAppConfig.scaleAndConcurrency");
      const concurrency = Number(at(scale, "triggers.http.perInstanceConcurrency"));
      const { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: limit } = settingsOf(deployment);
      expect(scale).toMatchObject({ instanceMemoryMB: 2048, maximumInstanceCount: 40 });
      expect(concurrency).toBeGreaterThan(16);
      expect(concurrency * Number(limit)).toBeLessThanOrEqual(bodiesOfAnInstance);
      expect(Number(limit)).toBeGreaterThan(parseConfig({}).MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT);
      const ready = deployment.parameters.alwaysReady;
      expect(at(scale, "alwaysReady")).toEqual(ready ? [{ name: "http", instanceCount: ready }] : []);
    },
    broken: {
      "less memory": set("site", "properties.functionAppConfig.scaleAndConcurrency.instanceMemoryMB", 512),
      "more requests": set(
        "site",
        "properties.functionAppConfig.scaleAndConcurrency.triggers.http.perInstanceConcurrency",
        100,
      ),
      "larger bodies": setting("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "104857600"),
      "bodies smaller than files through the app": setting("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "1048576"),
      "instances that cost while idle": set("site", "properties.functionAppConfig.scaleAndConcurrency.alwaysReady", [
        { name: "http", instanceCount: 3 },
      ]),
    },
  },
  {
    name: "the app's own identity reads its package, and nobody publishes with a password",
    holds: (deployment) => {
      const site = one(deployment, "site");
      const storage = at(site, "properties.functionAppConfig.deployment.storage");
      const [identity] = deployment.resources.filter(({ type }) => type.endsWith("/userAssignedIdentities"));
      const container = one(deployment, "container", "/packages").name.split("/");
      expect(site.identity).toEqual({ type: "UserAssigned", userAssignedIdentities: { [identity!.id]: {} } });
      expect(storage).toEqual({
        type: "blobContainer",
        value: `https://${container[0]}.blob.core.windows.net/${container[2]}`,
        authentication: { type: "UserAssignedIdentity", userAssignedIdentityResourceId: identity!.id },
      });
      expect(container[0]).toBe(one(deployment, "account", "sthost").name);
      expect(all(deployment, "publishing").map(({ name }) => name.split("/")[1])).toEqual(["ftp", "scm"]);
      for (const policy of all(deployment, "publishing")) expect(at(policy, "properties.allow")).toBe(false);
    },
    broken: {
      "a connection string": set(
        "site",
        "properties.functionAppConfig.deployment.storage.authentication.type",
        "StorageAccountConnectionString",
      ),
      "the artifacts' account": set("site", "properties.functionAppConfig.deployment.storage.value", "https://a/b"),
      "no identity": set("site", "identity", { type: "SystemAssigned" }),
      "publishing by FTP": set("publishing", "properties.allow", true, "/ftp"),
      "no policy": remove("publishing", "/scm"),
    },
  },
  {
    name: "connections to storage and Application Insights are by identity",
    holds: (deployment) => {
      const settings = settingsOf(deployment);
      const id = "<identity.clientId>";
      expect(settings).toMatchObject({
        AzureWebJobsStorage__accountName: one(deployment, "account", "sthost").name,
        AzureWebJobsStorage__credential: "managedidentity",
        AzureWebJobsStorage__clientId: id,
        AZURE_CLIENT_ID: id,
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: `ClientId=${id};Authorization=AAD`,
      });
      expect(tablesPlace(parseConfig(settings))).toMatchObject({ clientId: id });
      expect(tablesPlace(parseConfig(settings))).not.toHaveProperty("key");
      expect(settings.MLFLOW_ARTIFACTS_DESTINATION).toBe(
        `wasbs://mlflow@${one(deployment, "account", "stmlflow").name}.blob.core.windows.net`,
      );
      expect(at(one(deployment, "component"), "properties.DisableLocalAuth")).toBe(true);
      expect(at(one(deployment, "workspace"), "properties.features.disableLocalAuth")).toBe(true);
    },
    broken: {
      "a connection string": setting("AzureWebJobsStorage", "AccountName=a;AccountKey=Zm9v"),
      "no account": setting("AzureWebJobsStorage__accountName", undefined),
      "no identity of the host": setting("AzureWebJobsStorage__clientId", undefined),
      "no identity of the app": setting("AZURE_CLIENT_ID", undefined),
      "telemetry by key": setting("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", undefined),
      "keys of Application Insights": set("component", "properties.DisableLocalAuth", false),
      "keys of Log Analytics": set("workspace", "properties.features.disableLocalAuth", false),
      "the host's account for artifacts": setting("MLFLOW_ARTIFACTS_DESTINATION", "wasbs://mlflow@a"),
    },
  },
  {
    name: "each setting is one the app reads, or one of the listed ones of the platform",
    holds: (deployment) => {
      const settings = settingsOf(deployment);
      const read = Object.keys(parseConfig(settings));
      const known = new Set([...read, ...Object.keys(platformSettings)]);
      expect(Object.keys(settings).filter((name) => !known.has(name))).toEqual([]);
      expect(read).toEqual(expect.arrayContaining(["MLFLOW_BACKEND_STORE_URI", "MLFLOW_ARTIFACTS_DESTINATION"]));
      const missing = Object.keys(platformSettings).filter((name) => !(name in settings));
      expect(missing).toEqual(registration(deployment) ? [] : signInNames.slice(-1));
    },
    broken: {
      "a setting nobody reads": setting("MLFLOW_FUNCTIONS_ENTRA_TENANT", tenant),
      "a setting that Flex refuses": setting("FUNCTIONS_WORKER_RUNTIME", "node"),
      "no database": setting("MLFLOW_BACKEND_STORE_URI", undefined),
      "no artifacts": setting("MLFLOW_ARTIFACTS_DESTINATION", undefined),
      "a platform setting less": setting("AzureWebJobsDisableHomepage", undefined),
    },
  },
  {
    name: "no setting and no other value is a secret",
    holds: (deployment) => {
      expect(JSON.stringify(deployment.resources)).not.toMatch(secrets);
      for (const value of Object.values(settingsOf(deployment)))
        expect(URL.canParse(value) ? new URL(value).password : "").toBe("");
    },
    broken: {
      "a key": setting("AZURE_STORAGE_CONNECTION_STRING", "AccountName=a;AccountKey=Zm9v"),
      "a SAS": setting("MLFLOW_FUNCTIONS_TABLES_STORAGE", "https://a.table.core.windows.net?sv=1&sig=x"),
      "a password": setting("MLFLOW_BACKEND_STORE_URI", "postgresql://a:b@c/mlflow"),
      "a key that is read later": setting("AZURE_STORAGE_ACCESS_KEY", "[listKeys('x', '2025-01-01').keys[0].value]"),
    },
  },
  {
    name: "people sign in by the app registration, without a client secret; without one the app stays closed",
    holds: (deployment) => {
      const id = registration(deployment);
      const settings = settingsOf(deployment);
      const configured = all(deployment, "config").filter(({ name }) => name.endsWith("/authsettingsV2"));
      if (id === "") {
        expect(configured).toEqual([]);
        return expect(Object.keys(settings).filter((name) => signInNames.includes(name))).toEqual([]);
      }
      const config = parseConfig(settings);
      expect(config.MLFLOW_FUNCTIONS_AUTH).toEqual(["entra", "easyauth"]);
      expect(config.MLFLOW_FUNCTIONS_ENTRA_TENANTS).toEqual([tenant]);
      expect(config.MLFLOW_FUNCTIONS_ENTRA_AUDIENCES).toEqual([id, `api://${id}`]);
      expect(settings.OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID).toBe("<identity.clientId>");
      expect(configured.map(({ properties }) => properties)).toEqual([
        {
          platform: { enabled: true },
          globalValidation: { requireAuthentication: false, unauthenticatedClientAction: "AllowAnonymous" },
          httpSettings: { requireHttps: true },
          login: { tokenStore: { enabled: false } },
          identityProviders: {
            azureActiveDirectory: {
              enabled: true,
              registration: {
                clientId: id,
                openIdIssuer: `https://login.microsoftonline.com/${tenant}/v2.0`,
                clientSecretSettingName: "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID",
              },
              validation: { allowedAudiences: [id, `api://${id}`] },
            },
          },
        },
      ]);
    },
    broken: {
      "open to everyone": setting("MLFLOW_FUNCTIONS_AUTH", "none"),
      "App Service alone": setting("MLFLOW_FUNCTIONS_AUTH", "easyauth"),
      "another tenant": setting("MLFLOW_FUNCTIONS_ENTRA_TENANTS", "00000000-0000-0000-0000-000000000000"),
      "another registration": setting("MLFLOW_FUNCTIONS_ENTRA_AUDIENCES", "00000000-0000-0000-0000-000000000000"),
      "no identity": setting("OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID", "somebody"),
      "401 by the platform": set(
        "config",
        "properties.globalValidation",
        { requireAuthentication: true, unauthenticatedClientAction: "Return401" },
        "/authsettingsV2",
      ),
      "a client secret": set(
        "config",
        "properties.identityProviders.azureActiveDirectory.registration.clientSecretSettingName",
        "MICROSOFT_PROVIDER_AUTHENTICATION_SECRET",
        "/authsettingsV2",
      ),
      "any tenant's accounts": set(
        "config",
        "properties.identityProviders.azureActiveDirectory.registration.openIdIssuer",
        "https://login.microsoftonline.com/common/v2.0",
        "/authsettingsV2",
      ),
      "no App Service sign-in": remove("config", "/authsettingsV2"),
    },
  },
  {
    name: "two alerts: the app answers with errors, and the database is away; both reach alertEmail",
    holds: (deployment) => {
      const email = deployment.parameters.alertEmail;
      const errors = one(deployment, "queryAlert");
      const away = one(deployment, "metricAlert");
      const receivers = all(deployment, "receivers");
      expect(receivers.map((each) => at(each, "properties.emailReceivers.0.emailAddress"))).toEqual(
        email ? [email] : [],
      );
      const groups = receivers.map(({ id }) => id);
      expect(at(errors, "properties.scopes")).toEqual(["<monitoring.componentId>"]);
      expect(String(at(errors, "properties.criteria.allOf.0.query"))).toContain("toint(resultCode) >= 500");
      expect(at(errors, "properties.actions.actionGroups")).toEqual(groups);
      expect(at(away, "properties.scopes")).toEqual([one(deployment, "server").id]);
      expect(at(away, "properties.criteria.allOf.0")).toMatchObject({
        metricName: "is_db_alive",
        operator: "LessThan",
        threshold: 1,
      });
      expect(at(away, "properties.actions")).toEqual(groups.map((actionGroupId) => ({ actionGroupId })));
      for (const alert of [errors, away]) expect(at(alert, "properties.enabled")).toBe(true);
    },
    broken: {
      "one alert": remove("metricAlert"),
      "an alert that is off": set("queryAlert", "properties.enabled", false),
      "another server": set("metricAlert", "properties.scopes", ["/other"]),
      "another metric": set("metricAlert", "properties.criteria.allOf.0.metricName", "cpu_percent"),
      "nobody hears": set("queryAlert", "properties.actions.actionGroups", []),
    },
  },
];
