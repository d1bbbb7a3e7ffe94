/** Reads and changes the resources of one deployment in tests. */
import { expect } from "vitest";
import type { Parameters, Resource } from "./bicep.ts";

export interface Deployment {
  parameters: Parameters;
  resources: Resource[];
}

/** A rule about a deployment, and changes of a deployment that break it. */
export interface Assertion {
  name: string;
  holds(deployment: Deployment): void;
  broken: Record<string, (deployment: Deployment) => void>;
}

export const types = {
  account: "Microsoft.Storage/storageAccounts",
  blobs: "Microsoft.Storage/storageAccounts/blobServices",
  container: "Microsoft.Storage/storageAccounts/blobServices/containers",
  server: "Microsoft.DBforPostgreSQL/flexibleServers",
  database: "Microsoft.DBforPostgreSQL/flexibleServers/databases",
  configuration: "Microsoft.DBforPostgreSQL/flexibleServers/configurations",
  administrator: "Microsoft.DBforPostgreSQL/flexibleServers/administrators",
  firewall: "Microsoft.DBforPostgreSQL/flexibleServers/firewallRules",
  site: "Microsoft.Web/sites",
  plan: "Microsoft.Web/serverfarms",
  config: "Microsoft.Web/sites/config",
  publishing: "Microsoft.Web/sites/basicPublishingCredentialsPolicies",
  role: "Microsoft.Authorization/roleAssignments",
  lock: "Microsoft.Authorization/locks",
  workspace: "Microsoft.OperationalInsights/workspaces",
  component: "Microsoft.Insights/components",
  queryAlert: "Microsoft.Insights/scheduledQueryRules",
  metricAlert: "Microsoft.Insights/metricAlerts",
  receivers: "Microsoft.Insights/actionGroups",
  network: "Microsoft.Network/virtualNetworks",
  endpoint: "Microsoft.Network/privateEndpoints",
  zone: "Microsoft.Network/privateDnsZones",
  zoneGroup: "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
  zoneLink: "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
} as const;

export type Kind = keyof typeof types;

export const all = ({ resources }: Deployment, kind: Kind) => resources.filter(({ type }) => type === types[kind]);

/** The only resource of a kind, or the one whose name begins or ends so. */
export function one(deployment: Deployment, kind: Kind, named = ""): Resource {
  const found = all(deployment, kind).filter(({ name }) => name.startsWith(named) || name.endsWith(named));
  expect(found, `${kind} ${named}`).toHaveLength(1);
  return found[0]!;
}

/** What lies at a path such as `properties.network.publicNetworkAccess`; undefined where there is nothing. */
export function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

/** Changes a property of all resources of a kind, or of those whose name begins or ends so. */
export const set = (kind: Kind, path: string, value: unknown, named = "") => {
  return (deployment: Deployment) => {
    const keys = path.split(".");
    const last = keys.pop()!;
    const found = all(deployment, kind).filter(({ name }) => name.startsWith(named) || name.endsWith(named));
    for (const resource of found) {
      const place = keys.length === 0 ? resource : at(resource, keys.join("."));
      (place as Record<string, unknown>)[last] = value;
    }
  };
};

export const remove =
  (kind: Kind, named = "") =>
  (deployment: Deployment) => {
    deployment.resources = deployment.resources.filter(
      ({ type, name }) => type !== types[kind] || !(name.startsWith(named) || name.endsWith(named)),
    );
  };

/** The application settings. */
export const settingsOf = (deployment: Deployment) =>
  one(deployment, "config", "/appsettings").properties as Record<string, string>;

export const setting = (name: string, value: string | undefined) => (deployment: Deployment) => {
  if (value === undefined) delete settingsOf(deployment)[name];
  else settingsOf(deployment)[name] = value;
};
