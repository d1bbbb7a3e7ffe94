import { expect } from "vitest";
import { corsRule } from "../../shared/artifacts/cors.ts";
import { type Assertion, all, at, type Deployment, one, remove, set, types } from "./deployment.ts";

const artifacts = (deployment: Deployment) => one(deployment, "account", "stmlflow");
const host = (deployment: Deployment) => one(deployment, "account", "sthost");

/** Which roles are given, and on which scope each. */
const roles = {
  blobDataContributor: "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
  blobDelegator: "db58b8e5-c6ad-4a2a-8342-4190687cbf4a",
  blobDataOwner: "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
  tableDataContributor: "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
  metricsPublisher: "3913510d-42f4-4e42-8a64-420c390055eb",
};

const given = (deployment: Deployment) =>
  all(deployment, "role").map((role) => [
    String(at(role, "properties.roleDefinitionId")).split("/").at(-1),
    role.id.split(`/providers/${types.role}`)[0],
  ]);

const scoped = (to: (deployment: Deployment) => string, role: string) => (deployment: Deployment) => {
  for (const each of all(deployment, "role"))
    if (String(at(each, "properties.roleDefinitionId")).endsWith(role))
      each.id = `${to(deployment)}/providers/${types.role}/<guid>`;
};

export const storageAssertions: Assertion[] = [
  {
    name: "there are two storage accounts, and neither has keys, public blobs, or TLS below 1.2",
    holds: (deployment) => {
      expect(all(deployment, "account")).toHaveLength(2);
      for (const { properties } of all(deployment, "account"))
        expect(properties).toMatchObject({
          allowSharedKeyAccess: false,
          allowBlobPublicAccess: false,
          minimumTlsVersion: "TLS1_2",
          supportsHttpsTrafficOnly: true,
        });
      for (const container of all(deployment, "container"))
        expect(at(container, "properties.publicAccess")).toBe("None");
    },
    broken: {
      "keys of the artifacts": set("account", "properties.allowSharedKeyAccess", true, "stmlflow"),
      "keys of the host": set("account", "properties.allowSharedKeyAccess", true, "sthost"),
      "keys by default": set("account", "properties.allowSharedKeyAccess", undefined),
      "public blobs": set("account", "properties.allowBlobPublicAccess", true),
      "a public container": set("container", "properties.publicAccess", "Blob", "/mlflow"),
      "TLS 1.0": set("account", "properties.minimumTlsVersion", "TLS1_0"),
      "plain HTTP": set("account", "properties.supportsHttpsTrafficOnly", false),
      "one account": remove("account", "sthost"),
    },
  },
  {
    name: "deleted artifacts can be restored",
    holds: (deployment) => {
      expect(one(deployment, "blobs", "stmlflow").name).toContain(artifacts(deployment).name);
      expect(one(deployment, "blobs", "stmlflow").properties).toMatchObject({
        deleteRetentionPolicy: { enabled: true, days: 14 },
        containerDeleteRetentionPolicy: { enabled: true, days: 14 },
      });
    },
    broken: {
      "blobs are gone": set("blobs", "properties.deleteRetentionPolicy.enabled", false, "stmlflow"),
      "containers are gone": set("blobs", "properties.containerDeleteRetentionPolicy", undefined, "stmlflow"),
    },
  },
  {
    name: "the page's origin and those of corsOrigins may read and write artifacts, by the rule that the doctor knows",
    holds: (deployment) => {
      const added = (deployment.parameters.corsOrigins ?? []) as string[];
      const { methods, allowedHeaders, exposedHeaders, maxAgeInSeconds } = corsRule;
      const own = `https://${one(deployment, "site").name}.azurewebsites.net`;
      expect(at(one(deployment, "blobs", "stmlflow"), "properties.cors.corsRules")).toEqual([
        { allowedOrigins: [own, ...added], allowedMethods: methods, allowedHeaders, exposedHeaders, maxAgeInSeconds },
      ]);
      expect(at(one(deployment, "blobs", "sthost"), "properties.cors")).toBe(undefined);
    },
    broken: {
      "every origin": set("blobs", "properties.cors.corsRules.0.allowedOrigins", ["*"], "stmlflow"),
      "more methods": set("blobs", "properties.cors.corsRules.0.allowedMethods", ["GET", "DELETE"], "stmlflow"),
      "other headers": set("blobs", "properties.cors.corsRules.0.allowedHeaders", ["*"], "stmlflow"),
      "no rule": set("blobs", "properties.cors", undefined, "stmlflow"),
      "a rule for the host's account": set("blobs", "properties", { cors: { corsRules: [] } }, "sthost"),
    },
  },
  {
    name: "the app's identity has five roles, each on the smallest scope that does",
    holds: (deployment) => {
      const container = one(deployment, "container", "/mlflow").id;
      const component = one(deployment, "component").id;
      const expected = [
        [roles.blobDataContributor, container],
        [roles.blobDelegator, artifacts(deployment).id],
        [roles.blobDataOwner, host(deployment).id],
        [roles.tableDataContributor, host(deployment).id],
        [roles.metricsPublisher, component],
      ];
      expect(given(deployment).toSorted()).toEqual(expected.toSorted());
      for (const { properties } of all(deployment, "role"))
        expect(properties).toMatchObject({
          principalId: "<identity.principalId>",
          principalType: "ServicePrincipal",
        });
    },
    broken: {
      "blobs of the whole account": scoped((deployment) => artifacts(deployment).id, roles.blobDataContributor),
      "the group": scoped(() => "/subscriptions/1/resourceGroups/rg", roles.blobDataOwner),
      "the owner of artifacts": scoped((deployment) => artifacts(deployment).id, roles.blobDataOwner),
      "no delegator": (deployment) => {
        deployment.resources = deployment.resources.filter(
          (each) => !String(at(each, "properties.roleDefinitionId")).endsWith(roles.blobDelegator),
        );
      },
      "someone else": set("role", "properties.principalId", "00000000-0000-0000-0000-000000000000"),
      "another role": (deployment) => {
        at(all(deployment, "role")[0], "properties.roleDefinitionId");
        Object.assign(all(deployment, "role")[0]!.properties as object, {
          roleDefinitionId: "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        });
      },
    },
  },
];
