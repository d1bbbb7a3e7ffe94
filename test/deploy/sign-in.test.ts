import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { StandIn } from "./stand-in.ts";

// Each test starts several processes.
vi.setConfig({ testTimeout: 240_000 });

let azure: StandIn;
beforeEach(async () => {
  azure = await new StandIn().start();
});
afterEach(() => azure.stop());

const clientId = () => azure.env.MLFLOW_SIGN_IN_CLIENT_ID!;
const app = () => azure.directory.applications[0];
const roleNamed = (name: string) => app().appRoles.find(({ value }: { value: string }) => value === name);
const redirectUri = () => `https://${azure.env.MLFLOW_APP_NAME}.azurewebsites.net/.auth/login/aad/callback`;
const azureCli = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
const nothing = { changes: [], denied: [] };

/** What the hook has changed in Entra and Azure since the last time this was asked. */
function taken() {
  const { changes, denied } = azure.directory;
  const all = { changes: [...changes, ...azure.subscription.changes], denied };
  Object.assign(azure.directory, nothing, { changes: [], denied: [] });
  azure.subscription.changes = [];
  return all;
}

describe("preprovision", () => {
  it("makes the app registration, complete, and its deployer Admin", async () => {
    const { code, text } = await azure.hook("preprovision");
    expect([code, text]).toEqual([0, expect.stringContaining(clientId())]);
    expect(azure.env.MLFLOW_APP_NAME).toMatch(/^mlflow-[0-9a-f]{12}$/);
    const [scope] = app().api.oauth2PermissionScopes;
    expect(app()).toMatchObject({
      appId: clientId(),
      displayName: `MLflow (${azure.env.MLFLOW_APP_NAME})`,
      signInAudience: "AzureADMyOrg",
      identifierUris: [`api://${clientId()}`],
      web: { redirectUris: [redirectUri()], implicitGrantSettings: { enableIdTokenIssuance: true } },
      api: {
        requestedAccessTokenVersion: 2,
        preAuthorizedApplications: [{ appId: azureCli, delegatedPermissionIds: [scope.id] }],
      },
    });
    expect(scope).toMatchObject({ value: "user_impersonation", type: "User", isEnabled: true });
    for (const name of ["Reader", "Editor", "Admin"])
      expect(roleNamed(name)).toMatchObject({ isEnabled: true, allowedMemberTypes: ["User", "Application"] });
    const [principal] = azure.directory.principals;
    expect(principal.assigned).toEqual([
      { principalId: azure.deployer, resourceId: principal.id, appRoleId: roleNamed("Admin").id },
    ]);
    expect(app()).not.toHaveProperty("passwordCredentials");
  });

  it("changes nothing the second time", async () => {
    await azure.hook("preprovision");
    taken();
    const set = azure.calls.filter((call) => call.startsWith("azd env set")).length;
    expect((await azure.hook("preprovision")).code).toBe(0);
    expect(taken()).toEqual(nothing);
    expect(azure.calls.filter((call) => call.startsWith("azd env set"))).toHaveLength(set);
  });

  it("waits until the directory knows everywhere what it made", async () => {
    azure.directory.lag = 3;
    const { code, text } = await azure.hook("preprovision");
    expect([code, text]).toEqual([0, expect.stringContaining("it is not everywhere yet")]);
    expect(azure.directory.applications).toHaveLength(1);
    expect(azure.directory.principals[0].assigned).toHaveLength(1);
  });

  it.each([
    ["nothing but the registration", () => delete azure.env.MLFLOW_SIGN_IN_CLIENT_ID],
    ["no service principal", () => (azure.directory.principals = [])],
    ["no assignment", () => (azure.directory.principals[0].assigned = [])],
    ["nobody authorised in advance", () => (app().api.preAuthorizedApplications = [])],
    ["one app role", () => (app().appRoles = [roleNamed("Admin")])],
    ["no scope", () => Object.assign(app().api, { oauth2PermissionScopes: [], preAuthorizedApplications: [] })],
    ["another redirect URI", () => (app().web.redirectUris = ["https://mlflow.example.com/callback"])],
    [
      "a role and a scope that are switched off",
      () => {
        Object.assign(roleNamed("Reader"), { isEnabled: false });
        app().api.oauth2PermissionScopes[0].isEnabled = false;
      },
    ],
  ])("completes what a run has left that ended early: %s", async (_, undo) => {
    await azure.hook("preprovision");
    const whole = structuredClone(app());
    undo();
    const own = structuredClone(app());
    expect((await azure.hook("preprovision")).code).toBe(0);
    expect(azure.directory.applications).toHaveLength(1);
    expect(clientId()).toBe(whole.appId);
    expect(app().api).toEqual(whole.api);
    expect(
      app()
        .appRoles.map(({ value }: { value: string }) => value)
        .toSorted(),
    ).toEqual(["Admin", "Editor", "Reader"]);
    expect(app().web.redirectUris).toEqual([...new Set([...own.web.redirectUris, redirectUri()])]);
    expect(azure.directory.principals[0].assigned).toHaveLength(1);
    expect(app().appRoles.every(({ isEnabled }: { isEnabled: boolean }) => isEnabled)).toBe(true);
  });

  it("stops where the tenant forbids registrations, and goes on with the one that an administrator made", async () => {
    azure.directory.allowsRegistrations = false;
    azure.directory.allowsReading = false;
    const stopped = await azure.hook("preprovision");
    expect(stopped.code).toBe(1);
    for (const exact of [
      `MLflow (${azure.env.MLFLOW_APP_NAME})`,
      `the redirect URI ${redirectUri()} (web)`,
      "access tokens of version 2",
      `Azure CLI (${azureCli}) authorised in advance`,
      "the app role Reader",
      "the app role Editor",
      "the app role Admin",
      azure.deployer,
      azure.subscription.tenant,
      "azd env set MLFLOW_SIGN_IN_CLIENT_ID <id> && azd up",
      "Nothing has been created",
    ])
      expect(stopped.text).toContain(exact);
    expect(taken()).toEqual({ changes: [], denied: ["POST /applications"] });

    const administrator = await azure.asAdministrator(stopped.text);
    expect(administrator).toEqual({ code: 0, text: expect.stringContaining(app().appId) });
    azure.env.MLFLOW_SIGN_IN_CLIENT_ID = administrator.text.trim().split("\n").at(-1)!.trim();
    taken();
    const { code, text } = await azure.hook("preprovision");
    expect([code, text]).toEqual([0, expect.not.stringContaining("administrator")]);
    expect(taken()).toEqual(nothing);
  });

  it("says what the registration of someone else lacks, with the commands that add it", async () => {
    await azure.hook("preprovision");
    app().owners = [randomUUID()];
    app().appRoles = [roleNamed("Admin")];
    app().web.redirectUris = [];
    taken();
    const stopped = await azure.hook("preprovision");
    expect(stopped.code).toBe(1);
    for (const lacked of ["the app role Reader", "the app role Editor", redirectUri()])
      expect(stopped.text).toContain(`  ${lacked.startsWith("https") ? `the redirect URI ${lacked}` : lacked}`);
    expect(stopped.text).not.toContain("the app role Admin for");
    expect(taken().changes).toEqual([]);
    expect((await azure.asAdministrator(stopped.text)).code).toBe(0);
    expect((await azure.hook("preprovision")).code).toBe(0);
  });

  it("says who may make the deployer Admin, where the deployer may not", async () => {
    await azure.hook("preprovision");
    app().owners = [randomUUID()];
    azure.directory.principals = [];
    const stopped = await azure.hook("preprovision");
    expect([stopped.code, stopped.text]).toEqual([
      1,
      expect.stringContaining("You may not give yourself the app role"),
    ]);
    expect(await azure.asAdministrator(stopped.text)).toMatchObject({ code: 0 });
    expect((await azure.hook("preprovision")).code).toBe(0);
    expect(azure.directory.principals[0].assigned).toHaveLength(1);
  });

  it("takes a registration as it is, where told to or where it can't be read", async () => {
    await azure.hook("preprovision");
    app().owners = [randomUUID()];
    app().web.redirectUris = [];
    taken();
    expect((await azure.hook("preprovision", { MLFLOW_SIGN_IN_UNCHECKED: "true" })).code).toBe(0);
    azure.directory.allowsReading = false;
    const { code, text } = await azure.hook("preprovision");
    expect([code, text]).toEqual([0, expect.stringContaining("can't be read, and is taken as it is")]);
    expect(taken().changes).toEqual([]);
  });

  it.each([
    ["is not there", randomUUID(), /has no app registration/],
    ["is no id", "mlflow", /is no \(client\) id: mlflow/],
  ])("stops for an id that %s", async (_, id, says) => {
    azure.env.MLFLOW_SIGN_IN_CLIENT_ID = id;
    const { code, text } = await azure.hook("preprovision");
    expect([code, text]).toEqual([1, expect.stringMatching(says)]);
    expect(taken().changes).toEqual([]);
  });

  it("does not guess between two registrations of the same name", async () => {
    await azure.hook("preprovision");
    azure.directory.applications.push({ ...structuredClone(app()), appId: randomUUID() });
    azure.env.MLFLOW_SIGN_IN_CLIENT_ID = "";
    const { code, text } = await azure.hook("preprovision");
    expect(code).toBe(1);
    for (const { appId } of azure.directory.applications)
      expect(text).toContain(`azd env set MLFLOW_SIGN_IN_CLIENT_ID ${appId}`);
  });
});

describe("postprovision", () => {
  /** What Bicep tells azd. */
  async function deployed() {
    await azure.hook("preprovision");
    const name = azure.env.MLFLOW_APP_NAME!;
    Object.assign(azure.env, {
      AZURE_FUNCTION_APP_NAME: name,
      SIGN_IN_REDIRECT_URI: redirectUri(),
      SIGN_IN_FEDERATED_ISSUER: `https://login.microsoftonline.com/${azure.subscription.tenant}/v2.0`,
      SIGN_IN_FEDERATED_SUBJECT: randomUUID(),
    });
    taken();
  }

  it("adds the federated credential of the app's identity, once", async () => {
    await deployed();
    expect((await azure.hook("postprovision")).code).toBe(0);
    expect(app().credentials).toMatchObject([
      {
        name: azure.env.AZURE_FUNCTION_APP_NAME,
        issuer: azure.env.SIGN_IN_FEDERATED_ISSUER,
        subject: azure.env.SIGN_IN_FEDERATED_SUBJECT,
        audiences: ["api://AzureADTokenExchange"],
      },
    ]);
    expect(taken()).toEqual({ changes: ["POST /applications"], denied: [] });
    expect((await azure.hook("postprovision")).code).toBe(0);
    expect(taken()).toEqual(nothing);
  });

  it("changes it where the identity was made again, and adds a redirect URI that is missing", async () => {
    await deployed();
    await azure.hook("postprovision");
    azure.env.SIGN_IN_FEDERATED_SUBJECT = randomUUID();
    app().web.redirectUris = ["https://mlflow.example.com/callback"];
    expect((await azure.hook("postprovision")).code).toBe(0);
    expect(app().credentials).toHaveLength(1);
    expect(app().credentials[0].subject).toBe(azure.env.SIGN_IN_FEDERATED_SUBJECT);
    expect(app().web.redirectUris).toEqual(["https://mlflow.example.com/callback", redirectUri()]);
  });

  it("prints what someone else has to add, and lets the deployment go on", async () => {
    await deployed();
    app().owners = [randomUUID()];
    app().web.redirectUris = [];
    const { code, text } = await azure.hook("postprovision");
    expect([code, text]).toEqual([0, expect.stringContaining(azure.env.SIGN_IN_FEDERATED_SUBJECT!)]);
    expect(taken().changes).toEqual([]);
    expect(await azure.asAdministrator(text)).toMatchObject({ code: 0 });
    expect(app().credentials).toHaveLength(1);
    expect(app().web.redirectUris).toEqual([redirectUri()]);
    expect((await azure.hook("postprovision")).text).not.toContain("Ask an administrator");
  });

  it("says what is missing where azd has no outputs yet", async () => {
    await azure.hook("preprovision");
    const { code, text } = await azure.hook("postprovision");
    expect([code, text]).toEqual([1, expect.stringContaining("AZURE_FUNCTION_APP_NAME is not set")]);
  });
});
