/** Stock clients that the package in clients/python signs in, where managed identities and the Azure CLI are played. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { type App, startApp } from "../support/app.ts";
import { type Authority, anAuthority } from "../support/authority.ts";
import { aManagedIdentity, type ManagedIdentity } from "../support/managed-identity.ts";
import { installedEntraPackage } from "./entra-package.ts";
import { python } from "./python.ts";
import { type MlflowVersion, venv } from "./venv.ts";

let app: App;
let authority: Authority;
let identity: ManagedIdentity;
let installed: string;
/** Of the tokens to come. */
let claims: () => Record<string, unknown> = () => ({});
const oid = crypto.randomUUID();

beforeAll(async () => {
  authority = await anAuthority();
  identity = await aManagedIdentity(async () => authority.appToken({ oid, sub: oid, roles: ["Editor"], ...claims() }));
  app = await startApp({ MLFLOW_FUNCTIONS_AUTH: "entra", ...authority.settings });
  installed = await installedEntraPackage();
}, 300_000);
afterAll(async () => {
  await app?.close();
  await identity?.close();
  await authority?.close();
  if (installed) await rm(installed, { recursive: true });
});

const settings = () => ({
  MLFLOW_TRACKING_URI: app.url,
  MLFLOW_HTTP_REQUEST_MAX_RETRIES: "1",
  MLFLOW_TRACKING_AUTH: "entra",
  MLFLOW_ENTRA_ID_SCOPE: `api://${authority.audience}/.default`,
  PYTHONPATH: installed,
});

const logging = async (seconds: number, credentials: Record<string, string>, version: MlflowVersion = mlflowVersion) =>
  JSON.parse(
    (await python(version, ["test/acceptance/entra-client.py", String(seconds)], { ...settings(), ...credentials }))
      .trim()
      .split("\n")
      .at(-1)!,
  );

/** A folder with a command `az` that asks the managed identity for its tokens, as that of a laptop asks Entra. */
async function anAzureCli(): Promise<string> {
  const folder = await mkdtemp(join(installed, "az-"));
  const command = join(folder, "az");
  await writeFile(
    command,
    `#!/usr/bin/env node
    const resource = process.argv[process.argv.indexOf("--resource") + 1];
    fetch(process.env.STAND_IN + "?resource=" + encodeURIComponent(resource), { headers: { "x-identity-header": process.env.STAND_IN_HEADER } })
      .then((answer) => answer.json())
      .then(({ access_token, expires_on }) => console.log(JSON.stringify({ accessToken: access_token, expires_on })));`,
  );
  await chmod(command, 0o755);
  return folder;
}

describe("the client's half of Entra", () => {
  it.each<MlflowVersion>([mlflowVersion, "3.17.2"])("MLflow %s works with a managed identity", async (version) => {
    identity.asked.length = 0;
    const { logged, read } = await logging(1, identity.settings, version);
    expect(logged).toBeGreaterThan(0);
    expect(read).toBe(logged);
    // One token for all requests of the process.
    expect(identity.asked).toEqual([`api://${authority.audience}`]);
  });

  it("MLflow works with what the Azure CLI is signed in with, which is started once", async () => {
    identity.asked.length = 0;
    const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = identity.settings;
    const path = [await anAzureCli(), join(await venv(mlflowVersion), "bin"), process.env.PATH].join(delimiter);
    const standIn = { STAND_IN: IDENTITY_ENDPOINT, STAND_IN_HEADER: IDENTITY_HEADER, PATH: path };
    const { logged, read } = await logging(1, { ...standIn, AZURE_TOKEN_CREDENTIALS: "AzureCliCredential" });
    expect(read).toBe(logged);
    expect(identity.asked).toEqual([`api://${authority.audience}`]);
  });

  it("renews a token that ends during a run without a failed call, where a pasted one ends the run", async () => {
    // The app takes a token until five minutes after its end, and these for four seconds.
    identity.lifetime = 4 - 300;
    claims = () => ({ exp: Math.floor(Date.now() / 1000) + identity.lifetime });
    identity.asked.length = 0;
    const pasted = await authority.appToken({ oid, sub: oid, roles: ["Editor"], ...claims() });
    const { logged, read } = await logging(8, identity.settings);
    expect(read).toBe(logged);
    expect(identity.asked.length).toBeGreaterThan(1);
    await expect(logging(1, { MLFLOW_TRACKING_AUTH: "", MLFLOW_TRACKING_TOKEN: pasted })).rejects.toThrow(
      /The token has expired/,
    );
    identity.lifetime = 3600;
    claims = () => ({});
  });

  it("says what is missing, and why there is no token", async () => {
    await expect(logging(1, { ...identity.settings, MLFLOW_ENTRA_ID_SCOPE: "" })).rejects.toThrow(
      /Set MLFLOW_ENTRA_ID_SCOPE/,
    );
    identity.mode = "error";
    const refused = logging(1, { ...identity.settings, AZURE_TOKEN_CREDENTIALS: "ManagedIdentityCredential" });
    await expect(refused).rejects.toThrow(/Microsoft Entra ID gave no token for api:/);
    identity.mode = "tokens";
  });
});
