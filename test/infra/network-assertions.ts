import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { type Assertion, all, at, type Deployment, one, remove, set } from "./deployment.ts";

type ByLevel = Record<Deployment["parameters"]["network"], number>;

const costs: { endpoints: ByLevel; zones: ByLevel } = JSON.parse(readFileSync("scripts/cost/assumptions.json", "utf8"));

const isPrivate = ({ parameters }: Deployment) => parameters.network === "private";
const isNetworked = ({ parameters }: Deployment) => parameters.network !== "public";
const access = (isPublic: boolean) => (isPublic ? "Enabled" : "Disabled");

/** The private endpoints that a level has: which group of which resource, and the DNS zone of each. */
function expectedEndpoints(deployment: Deployment): string[][] {
  const server = one(deployment, "server").id;
  const storage = all(deployment, "account").flatMap(({ id }) => [
    [id, "blob", "privatelink.blob.core.windows.net"],
    [id, "table", "privatelink.table.core.windows.net"],
  ]);
  return [
    ...(isNetworked(deployment) ? [[server, "postgresqlServer", "privatelink.postgres.database.azure.com"]] : []),
    ...(isPrivate(deployment)
      ? [...storage, [one(deployment, "site").id, "sites", "privatelink.azurewebsites.net"]]
      : []),
  ];
}

const endpoints = (deployment: Deployment) =>
  all(deployment, "endpoint").map((endpoint) => {
    const connection = at(endpoint, "properties.privateLinkServiceConnections.0.properties");
    const group = all(deployment, "zoneGroup").find(({ name }) => name === `${endpoint.name}/default`);
    const zone = String(at(group, "properties.privateDnsZoneConfigs.0.properties.privateDnsZoneId"));
    expect(at(endpoint, "properties.subnet.id")).toBe(`${one(deployment, "network").id}/subnets/endpoints`);
    return [at(connection, "privateLinkServiceId"), at(connection, "groupIds.0"), zone.split("/").at(-1)];
  });

export const networkAssertions: Assertion[] = [
  {
    name: "PostgreSQL has a public address in level public alone, where Azure's addresses alone get through",
    holds: (deployment) => {
      const isPublic = !isNetworked(deployment);
      expect(at(one(deployment, "server"), "properties.network.publicNetworkAccess")).toBe(access(isPublic));
      const range = { startIpAddress: "0.0.0.0", endIpAddress: "0.0.0.0" };
      expect(all(deployment, "firewall").map(({ properties }) => properties)).toEqual(isPublic ? [range] : []);
    },
    broken: {
      "a public server": set("server", "properties.network.publicNetworkAccess", "Enabled"),
      "a closed server": set("server", "properties.network.publicNetworkAccess", "Disabled"),
      "the whole internet": set("firewall", "properties.endIpAddress", "255.255.255.255"),
      "no address": remove("firewall"),
    },
  },
  {
    name: "storage and the app have no public address in level private, and have one elsewhere",
    holds: (deployment) => {
      const isPublic = !isPrivate(deployment);
      expect(at(one(deployment, "site"), "properties.publicNetworkAccess")).toBe(access(isPublic));
      for (const { properties } of all(deployment, "account"))
        expect(properties).toMatchObject({
          publicNetworkAccess: access(isPublic),
          networkAcls: { defaultAction: isPublic ? "Allow" : "Deny", bypass: "None" },
        });
    },
    broken: {
      "public artifacts": set("account", "properties.publicNetworkAccess", "Enabled", "stmlflow"),
      "a public host account": set("account", "properties.publicNetworkAccess", "Enabled", "sthost"),
      "an open firewall": set("account", "properties.networkAcls.defaultAction", "Allow"),
      "Azure's services": set("account", "properties.networkAcls.bypass", "AzureServices"),
      "a public app": set("site", "properties.publicNetworkAccess", "Enabled"),
      "artifacts that laptops can't reach": set("account", "properties.publicNetworkAccess", "Disabled", "stmlflow"),
    },
  },
  {
    name: "each private resource has its endpoint in the network, with its entry in the right DNS zone",
    holds: (deployment) => {
      expect(endpoints(deployment).toSorted()).toEqual(expectedEndpoints(deployment).toSorted());
    },
    broken: {
      "no endpoint of PostgreSQL": remove("endpoint", "-postgresqlServer"),
      "no endpoint of the tables": remove("endpoint", "-table"),
      "no entry": remove("zoneGroup", "-blob/default"),
      "another zone": (deployment) => {
        for (const group of all(deployment, "zoneGroup"))
          Object.assign(group.properties as object, {
            privateDnsZoneConfigs: [{ properties: { privateDnsZoneId: "/x/privatelink.example.com" } }],
          });
      },
      "the app's subnet": (deployment) => {
        for (const endpoint of all(deployment, "endpoint"))
          Object.assign(endpoint.properties as object, {
            subnet: { id: `${one(deployment, "network").id}/subnets/app` },
          });
      },
    },
  },
  {
    name: "each DNS zone in use is there once, and linked to the network",
    holds: (deployment) => {
      const used = [...new Set(expectedEndpoints(deployment).map(([, , zone]) => zone))].toSorted();
      expect(
        all(deployment, "zone")
          .map(({ name }) => name)
          .toSorted(),
      ).toEqual(used);
      expect(
        all(deployment, "zoneLink")
          .map(({ name }) => name.split("/")[0])
          .toSorted(),
      ).toEqual(used);
      for (const link of all(deployment, "zoneLink"))
        expect(at(link, "properties.virtualNetwork.id")).toBe(one(deployment, "network").id);
    },
    broken: {
      "no zone": remove("zone", "privatelink.table"),
      "no link": remove("zoneLink", "privatelink.postgres"),
      "another network": set("zoneLink", "properties.virtualNetwork.id", "/other"),
    },
  },
  {
    name: "the app reaches others from a subnet of its own, which is given to Flex Consumption",
    holds: (deployment) => {
      const subnet = at(one(deployment, "site"), "properties.virtualNetworkSubnetId") ?? undefined;
      expect(all(deployment, "network")).toHaveLength(isNetworked(deployment) ? 1 : 0);
      if (!isNetworked(deployment)) return expect(subnet).toBe(undefined);
      const network = one(deployment, "network");
      expect(subnet).toBe(`${network.id}/subnets/app`);
      expect(at(network, "properties.subnets.0")).toMatchObject({
        name: "app",
        properties: { delegations: [{ properties: { serviceName: "Microsoft.App/environments" } }] },
      });
    },
    broken: {
      "no subnet": set("site", "properties.virtualNetworkSubnetId", undefined),
      "the endpoints' subnet": set("site", "properties.virtualNetworkSubnetId", "/subnets/endpoints"),
      "no delegation": set("network", "properties.subnets.0.properties.delegations", []),
    },
  },
  {
    name: "docs/cost.md reckons with as many private endpoints and DNS zones as a level has",
    holds: (deployment) => {
      const { network } = deployment.parameters;
      expect(all(deployment, "endpoint")).toHaveLength(costs.endpoints[network]);
      expect(all(deployment, "zone")).toHaveLength(costs.zones[network]);
    },
    broken: {
      "an endpoint less": remove("endpoint"),
      "a zone less": remove("zone"),
    },
  },
];
