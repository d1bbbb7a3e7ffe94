/** Renders docs/terraform.md from what `infra/` would create. */
import { parseConfig } from "../../shared/platform/config.ts";
import type { Resource } from "./bicep.ts";
import { type Deployment, settingsOf, types } from "./deployment.ts";
import { platformSettings } from "./platform-settings.ts";

/** What a resource is called in Terraform's azurerm, or which block of another resource it is there. */
const inTerraform: Record<string, string> = {
  "Microsoft.Authorization/roleAssignments": "azurerm_role_assignment",
  "Microsoft.DBforPostgreSQL/flexibleServers": "azurerm_postgresql_flexible_server",
  "Microsoft.DBforPostgreSQL/flexibleServers/administrators":
    "azurerm_postgresql_flexible_server_active_directory_administrator",
  "Microsoft.DBforPostgreSQL/flexibleServers/configurations": "azurerm_postgresql_flexible_server_configuration",
  "Microsoft.DBforPostgreSQL/flexibleServers/databases": "azurerm_postgresql_flexible_server_database",
  "Microsoft.DBforPostgreSQL/flexibleServers/firewallRules": "azurerm_postgresql_flexible_server_firewall_rule",
  "Microsoft.Insights/components": "azurerm_application_insights",
  "Microsoft.Insights/metricAlerts": "azurerm_monitor_metric_alert",
  "Microsoft.Insights/scheduledQueryRules": "azurerm_monitor_scheduled_query_rules_alert_v2",
  "Microsoft.ManagedIdentity/userAssignedIdentities": "azurerm_user_assigned_identity",
  "Microsoft.Network/privateDnsZones": "azurerm_private_dns_zone",
  "Microsoft.Network/privateDnsZones/virtualNetworkLinks": "azurerm_private_dns_zone_virtual_network_link",
  "Microsoft.Network/privateEndpoints": "azurerm_private_endpoint",
  "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": "private_dns_zone_group of azurerm_private_endpoint",
  "Microsoft.Network/virtualNetworks": "azurerm_virtual_network, azurerm_subnet",
  "Microsoft.OperationalInsights/workspaces": "azurerm_log_analytics_workspace",
  "Microsoft.Storage/storageAccounts": "azurerm_storage_account",
  "Microsoft.Storage/storageAccounts/blobServices": "blob_properties of azurerm_storage_account",
  "Microsoft.Storage/storageAccounts/blobServices/containers": "azurerm_storage_container",
  "Microsoft.Web/serverfarms": "azurerm_service_plan",
  "Microsoft.Web/sites": "azurerm_function_app_flex_consumption",
  "Microsoft.Web/sites/basicPublishingCredentialsPolicies": "azapi_resource",
  "Microsoft.Web/sites/config": "app_settings and auth_settings_v2 of the function app",
};

const roleNames: Record<string, string> = {
  "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
  "db58b8e5-c6ad-4a2a-8342-4190687cbf4a": "Storage Blob Delegator",
  "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
  "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
  "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
};

const named = (names: Record<string, string>, name: string): string => {
  if (names[name] === undefined) throw new Error(`docs/terraform.md has no name for ${name}`);
  return names[name];
};

/** Deployments by the name of their level. All are shown with the same placeholders for what differs each time. */
export function terraformGuide(levels: Record<string, Deployment>, registration: string): string {
  const all = Object.fromEntries(
    Object.entries(levels).map(([level, deployment]) => [level, withPlaceholders(deployment, registration)]),
  );
  const fullest = Object.values(all).at(-1)!;
  const read = new Set(Object.keys(parseConfig(settingsOf(Object.values(levels).at(-1)!))));
  return `# For Terraform, and other tools

What [infra/](../infra) creates, for who writes it in another language. **This file is written by a test** from the evaluated Bicep
(\`npx vitest run test/infra/terraform.test.ts -u\`), so it can't be out of date. The names are Terraform's, of the provider \`azurerm\`; no Terraform was run.
\`<token>\` is any text that makes names unique. [deploy.md](deploy.md) says what the three levels of network are, and what the app registration needs:
the hooks in \`infra/hooks\` make it, and \`node infra/hooks/postdeploy.mjs\` tests what came up.

## Resources
How many there are in each level.

${table(["Azure", "Terraform", ...Object.keys(all)], counts(all))}

## Roles of the app's identity
Give them before the slow PostgreSQL server is made: a role takes up to ten minutes to have an effect.

${table(["Role", "On"], roleRows(fullest))}

## Application settings
None is a secret. Leave out \`FUNCTIONS_WORKER_RUNTIME\`, \`FUNCTIONS_EXTENSION_VERSION\`, \`WEBSITE_RUN_FROM_PACKAGE\` and an empty
\`AzureWebJobsStorage\`: they do not belong on Flex Consumption.

${table(["Name", "Value", "Read by"], settingRows(fullest, read))}

## Properties
Those of level \`${Object.keys(all).at(-1)}\`; other levels differ in what the table in [deploy.md](deploy.md#who-can-reach-what) says.

${properties(fullest)}
`;
}

function withPlaceholders(deployment: Deployment, registration: string): Deployment {
  const site = deployment.resources.find(({ type }) => type === types.site)!;
  const token = site.name.replace("mlflow-", "");
  const text = JSON.stringify(deployment.resources)
    .replaceAll(token, "<token>")
    .replaceAll(registration, "<client id>")
    .replaceAll(/22222222-(2222-){3}2{12}/g, "<tenant id>")
    .replaceAll(/\/subscriptions\/[\d-]+\/resourceGroups\/rg-\d+\/providers\//g, "");
  return { ...deployment, resources: JSON.parse(text) };
}

function counts(levels: Record<string, Deployment>): string[][] {
  const kinds = Object.values(levels).flatMap(({ resources }) => resources.map(({ type }) => type));
  return [...new Set(kinds)]
    .toSorted()
    .map((kind) => [
      `\`${kind}\``,
      `\`${named(inTerraform, kind)}\``.replaceAll(/ (of|and) (the )?/g, "` $1 $2`").replaceAll(", ", "`, `"),
      ...Object.values(levels).map(({ resources }) => String(resources.filter(({ type }) => type === kind).length)),
    ]);
}

const roleRows = ({ resources }: Deployment) =>
  resources
    .filter(({ type }) => type === types.role)
    .map(({ id, properties }) => [
      named(
        roleNames,
        String((properties as { roleDefinitionId: string }).roleDefinitionId)
          .split("/")
          .at(-1)!,
      ),
      `\`${id.split(`/providers/${types.role}`)[0]}\``,
    ])
    .toSorted();

function settingRows(deployment: Deployment, read: Set<string>): string[][] {
  const settings = settingsOf(deployment);
  return Object.entries(settings).map(([name, value]) => [
    `\`${name}\``,
    `\`${value}\``,
    platformSettings[name] ?? (read.has(name) ? "the app" : "nobody"),
  ]);
}

const table = (head: string[], rows: string[][]) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** Those shown above, and those with a name alone, are left out. */
const shownAbove = (resource: Resource) => resource.type === types.role || resource.name.endsWith("/appsettings");

const properties = ({ resources }: Deployment) =>
  resources
    .filter((resource) => !shownAbove(resource))
    .toSorted((a, b) => `${a.type} ${a.name}`.localeCompare(`${b.type} ${b.name}`, "en"))
    .map(({ type, name, ...rest }) => `**\`${name}\`** (\`${type}\`)\n\`\`\`\n${lines(rest).join("\n")}\n\`\`\``)
    .join("\n\n");

const uninteresting = new Set(["id", "apiVersion", "location", "tags", "scope", "dependsOn"]);

const lines = (rest: object) =>
  Object.entries(rest)
    .filter(([name]) => !uninteresting.has(name))
    .flatMap(([name, value]) => flat(name === "properties" ? "" : name, value));

function flat(path: string, value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "object" || isListOfTexts(value)) return [`${path} = ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([name, each]) => flat(path === "" ? name : `${path}.${name}`, each));
}

const isListOfTexts = (value: object) => Array.isArray(value) && value.every((each) => typeof each !== "object");
