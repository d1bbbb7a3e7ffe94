import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { StandIn } from "./stand-in.ts";

// Each test starts several processes.
vi.setConfig({ testTimeout: 240_000 });

let azure: StandIn;
beforeEach(async () => {
  azure = await new StandIn().start();
});
afterEach(() => azure.stop());

const changes = () => [...azure.directory.changes, ...azure.subscription.changes];

describe("preprovision", () => {
  it("registers the resource providers that are not registered, and waits for them", async () => {
    azure.subscription.providers["Microsoft.App"] = "NotRegistered";
    azure.subscription.providers["Microsoft.Insights"] = "Unregistered";
    const { code, text } = await azure.hook("preprovision");
    expect([code, text]).toEqual([0, expect.stringContaining("Microsoft.App Registering")]);
    expect(azure.subscription.changes).toEqual(["POST Microsoft.App/register", "POST Microsoft.Insights/register"]);
  });

  it("names the commands for who may register them", async () => {
    azure.subscription.providers["Microsoft.App"] = "NotRegistered";
    azure.subscription.allowsRegistering = false;
    const { code, text } = await azure.hook("preprovision");
    const command = `az provider register --subscription ${azure.subscription.id} --namespace Microsoft.App`;
    expect([code, text]).toEqual([1, expect.stringContaining(command)]);
    expect(changes()).toEqual([]);
  });

  it("gives up on a registration that does not end", async () => {
    azure.subscription.providers["Microsoft.App"] = "Unregistering";
    const { code, text } = await azure.hook("preprovision", { MLFLOW_PROVIDERS_WAIT_SECONDS: "0" });
    expect([code, text]).toEqual([1, expect.stringContaining("Resource providers: given up after 0 s. Microsoft.App")]);
    expect(azure.directory.changes).toEqual([]);
  });

  it.each([
    ["a contributor", [{ actions: ["*"], notActions: ["Microsoft.Authorization/*/Write"] }]],
    ["a reader", [{ actions: ["*/read"], notActions: [] }]],
    ["nobody", []],
  ])("stops for %s, who can't give the app's identity its roles", async (_, permissions) => {
    azure.subscription.permissions = permissions;
    const { code, text } = await azure.hook("preprovision");
    expect([code, text]).toEqual([1, expect.stringContaining("Role Based Access Control Administrator")]);
    expect(changes()).toEqual([]);
  });

  it("goes on for a contributor who may assign roles as well", async () => {
    azure.subscription.permissions = [
      { actions: ["*"], notActions: ["Microsoft.Authorization/*/Write"] },
      { actions: ["Microsoft.Authorization/roleAssignments/*", "*/read"], notActions: [] },
    ];
    expect((await azure.hook("preprovision")).code).toBe(0);
  });

  it.each([
    [
      "has no Flex Consumption",
      () => (azure.subscription.regions = ["East US", "Sweden Central"]),
      "eastus, swedencentral",
    ],
    [
      "has no PostgreSQL for the subscription",
      () => (azure.subscription.capabilities = [{ restricted: "Enabled" }]),
      "no PostgreSQL Burstable Standard_B1ms",
    ],
    [
      "has no such size",
      () => (azure.env.MLFLOW_DATABASE_SKU = "Standard_B2s"),
      "no PostgreSQL Burstable Standard_B2s",
    ],
  ])("stops for a region that %s", async (_, change, says) => {
    change();
    const { code, text } = await azure.hook("preprovision");
    expect([code, text]).toEqual([1, expect.stringContaining(says)]);
    expect(text).toContain("azd env set AZURE_LOCATION <region>");
    expect(changes()).toEqual([]);
  });

  it("goes on where Azure does not tell what a region has", async () => {
    Object.assign(azure.subscription, { regions: [], capabilities: [] });
    expect((await azure.hook("preprovision")).code).toBe(0);
  });

  it.each(["AZURE_SUBSCRIPTION_ID", "AZURE_LOCATION"])(
    "says how to set %s where azd has not asked for it",
    async (name) => {
      delete azure.env[name];
      const { code, text } = await azure.hook("preprovision");
      expect([code, text]).toEqual([1, expect.stringContaining(`azd env set ${name} <value>`)]);
      expect(changes()).toEqual([]);
    },
  );

  it.each([
    ["of its name", "rg-mlflow", "rg-mlflow"],
    ["named after the environment where none is set", "", "rg-team"],
  ])("makes the resource group %s, once, after everything that can stop it", async (_, given, name) => {
    azure.subscription.groups.clear();
    azure.env.AZURE_RESOURCE_GROUP = given;
    azure.directory.allowsRegistrations = false;
    expect((await azure.hook("preprovision")).code).toBe(1);
    expect(azure.subscription.changes).toEqual([]);
    azure.directory.allowsRegistrations = true;
    expect((await azure.hook("preprovision")).code).toBe(0);
    expect([azure.env.AZURE_RESOURCE_GROUP, [...azure.subscription.groups]]).toEqual([name, [name]]);
    await azure.hook("preprovision");
    expect(azure.subscription.changes).toEqual([`PUT resourceGroups/${name}`]);
  });

  it("takes the tokens of az where azd has none, and says how to sign in where neither has", async () => {
    await azure.signOut("azd");
    // Writing the azd environment needs azd all the same: it is the first thing that fails.
    const withAz = await azure.hook("preprovision", { MLFLOW_APP_NAME: "mlflow-team" });
    expect(azure.calls.some((call) => call.startsWith("az account get-access-token"))).toBe(true);
    expect(withAz.text).not.toContain("There is no token");
    await azure.signOut("az");
    const { code, text } = await azure.hook("preprovision");
    expect([code, text]).toEqual([1, expect.stringContaining("azd auth login")]);
    expect(text).toContain("run az login");
  });

  it("runs from wherever azd runs it", async () => {
    const elsewhere = await mkdtemp(`${tmpdir()}/mlflow-elsewhere-`);
    expect((await azure.hook("preprovision", {}, elsewhere)).code).toBe(0);
    await rm(elsewhere, { recursive: true });
  });

  it("sends tokens to this machine's stand-ins alone", async () => {
    const { code, text } = await azure.hook("preprovision", { MLFLOW_TEST_GRAPH_URL: "https://example.com" });
    expect([code, text]).toEqual([1, expect.stringContaining("for tests on 127.0.0.1 alone")]);
  });
});

describe("predeploy", () => {
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
  const role = (createdOn: string, id = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b") => ({
    properties: { roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${id}`, createdOn },
  });
  beforeEach(() => {
    azure.env.HOST_STORAGE_ID = `/subscriptions/${azure.subscription.id}/providers/Microsoft.Storage/storageAccounts/sthost`;
    azure.env.SIGN_IN_FEDERATED_SUBJECT = azure.deployer;
  });

  it("goes on at once where the role on the package store is old", async () => {
    azure.subscription.roles = [role(ago(3600))];
    const { code, text } = await azure.hook("predeploy");
    expect([code, text]).toEqual([0, expect.stringContaining("The package store is ready.")]);
  });

  it("waits for a role that was given a moment ago", async () => {
    const aMomentAgo = new Date(Date.now() + 60_000).toISOString();
    azure.subscription.rolesBefore = [[], [role(aMomentAgo)], [role(aMomentAgo)]];
    azure.subscription.roles = [role(ago(3600))];
    const { code, text } = await azure.hook("predeploy");
    expect([code, text]).toEqual([0, expect.stringContaining("the role is young")]);
    expect(text).toContain("has no role there yet");
  });

  it.each([
    ["there is none", []],
    ["there is another", [role(ago(3600), "ba92f5b4-2d11-453d-a403-e96b0029c9fe")]],
  ])("gives up after its limit where %s", async (_, roles) => {
    azure.subscription.roles = roles;
    const { code, text } = await azure.hook("predeploy", { MLFLOW_ROLE_WAIT_SECONDS: "1" });
    expect([code, text]).toEqual([1, expect.stringContaining("has no role there yet (Storage Blob Data Owner)")]);
  });
});
