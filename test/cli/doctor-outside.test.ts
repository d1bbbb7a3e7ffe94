import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { setCors } from "../../local/cors.ts";
import { type App, startApp } from "../support/app.ts";
import { anAuthority } from "../support/authority.ts";
import { anAzurite, type OwnAzurite } from "../support/azurite.ts";
import { type IdentityStorage, identityStorage } from "../support/identity-storage.ts";
import { refusals, withFronts } from "../support/storage-front.ts";
import { aTlsPostgres } from "../support/tls-postgres.ts";
import { aDatabaseFor, anAz, aPlatform, aSilentPort, endAll, ends, isWhole, overHttps, says } from "./outside.ts";

let azurite: OwnAzurite;
let fronts: Awaited<ReturnType<typeof withFronts>>;
let byIdentity: IdentityStorage;
beforeAll(async () => {
  azurite = await anAzurite();
  await setCors(azurite.connectionString, ["*"]);
  fronts = await withFronts(azurite.connectionString);
  byIdentity = await identityStorage();
}, 120_000);
afterEach(async () => {
  await endAll();
  for (const front of [fronts.blob, fronts.table, byIdentity.blob, byIdentity.table]) {
    front.refuse = () => undefined;
    front.ahead = 0;
  }
});
afterAll(async () => {
  await fronts.close();
  await byIdentity.stop();
  await azurite.stop();
});

/** An app with these settings, on the Azurite of this file where they name no other. */
async function app(settings: Record<string, string> = {}, address?: string): Promise<App> {
  const storage = fronts.connectionString;
  const all = { AZURE_STORAGE_CONNECTION_STRING: storage, AzureWebJobsStorage: storage, ...settings };
  for (const [name, value] of Object.entries(all)) if (value === "") delete process.env[name];
  const started = await startApp(all, address);
  ends.push(async () => {
    await started.close();
    for (const name of Object.keys(all)) delete process.env[name];
  });
  return started;
}

const basic = { MLFLOW_FUNCTIONS_AUTH: "basic", MLFLOW_AUTH_ADMIN_PASSWORD: "the admin's password" };
const admin = { MLFLOW_TRACKING_USERNAME: "admin", MLFLOW_TRACKING_PASSWORD: "the admin's password" };

const role = "Storage Blob Data Contributor on the container 'mlflow' of the storage account 'team1'";

describe("npm run doctor -- --url of a whole deployment", { timeout: 240_000 }, () => {
  it("finds nothing, signed in by a name and a password, and prints no secret", async () => {
    const { url } = await app(basic);
    const said = await isWhole(url, admin);
    expect(said.text).toMatch(/a blob went to 'local\w*' and back/);
    for (const secret of [
      admin.MLFLOW_TRACKING_PASSWORD,
      "sig=",
      inject("storage").split("AccountKey=")[1]!.slice(0, 20),
    ])
      expect(said.text).not.toContain(secret);
  });

  it("finds nothing by https, signed in by the token that az has for the page's app registration", async () => {
    const authority = await anAuthority();
    ends.push(authority.close);
    const started = await app({
      ...authority.settings,
      MLFLOW_FUNCTIONS_AUTH: "entra,easyauth",
      WEBSITE_AUTH_ENABLED: "True",
    });
    const platform = await aPlatform(started.url);
    const { url, trust } = await overHttps(platform.origin, 90);
    const back = new URLSearchParams({
      client_id: authority.audience,
      redirect_uri: `${url}/.auth/login/aad/callback`,
    });
    const location = `https://login.example/${authority.tenant}/oauth2/v2.0/authorize?${back}`;
    platform.refuse = (_, { pathname }) =>
      pathname === "/.auth/login/aad" ? { status: 302, code: "", message: "", headers: { location } } : undefined;
    const az = await anAz(await authority.userToken({ roles: ["Editor"] }), `api://${authority.audience}`);
    const said = await isWhole(url, { ...trust, ...az });
    expect(said.text).toMatch(
      /valid for \d+ days more.*tokens of Microsoft Entra ID, App Service's sign-in for the page/,
    );
    const { rows } = await started.db.query("SELECT lifecycle_stage FROM experiments WHERE name LIKE '%doctor%'");
    expect(new Set(rows.map(({ lifecycle_stage }) => lifecycle_stage))).toEqual(new Set(["deleted"]));
  });
});

describe("npm run doctor -- --url names", { timeout: 240_000 }, () => {
  it("the missing role of the app's identity on the container, and on the account", async () => {
    const { url } = await app({ ...byIdentity.settings, AzureWebJobsStorage: "" });
    byIdentity.blob.refuse = (_, { searchParams }) =>
      searchParams.get("comp") === "userdelegationkey" ? undefined : refusals.role;
    await says(url, new RegExp(`app's storage: The app's identity lacks the role ${role}\\. Assign it`));
    byIdentity.blob.refuse = (_, { searchParams }) =>
      searchParams.get("comp") === "userdelegationkey" ? refusals.role : undefined;
    await says(url, /app's delegation key: .* the role Storage Blob Delegator on the storage account 'team1'/);
    byIdentity.blob.refuse = () => undefined;
    byIdentity.table.refuse = () => refusals.role;
    await says(url, /app's tables: .* the role Storage Table Data Contributor on the storage account/);
    byIdentity.table.refuse = () => undefined;
    byIdentity.blob.refuse = () => refusals.expiredToken;
    await says(url, /app's storage: The app's token has expired/);
  });

  it("a missing container that the app may not create", async () => {
    const { account } = byIdentity;
    const { url } = await app({
      ...byIdentity.settings,
      AzureWebJobsStorage: "",
      MLFLOW_ARTIFACTS_DESTINATION: `wasbs://not-there@${account}.blob.core.windows.net/`,
    });
    byIdentity.blob.refuse = (method, { searchParams }) =>
      method === "PUT" && searchParams.get("restype") === "container" ? refusals.role : undefined;
    await says(url, /no container 'not-there' in .*'team1'.* az storage container create --account-name team1/);
  });

  it.each([
    [
      "the storage's firewall before the app",
      "firewall",
      /app's storage: The firewall of .* the app's network.*privatelink\.blob/,
    ],
    [
      "a wrong account key",
      "wrongKey",
      /app's storage: .* refuses the app's key or token.*AZURE_STORAGE_CONNECTION_STRING/,
    ],
    [
      "shared keys that are turned off",
      "keysOff",
      /app's storage: Shared keys are turned off .*so that the app's identity is used/,
    ],
    [
      "a clock that storage does not accept",
      "clock",
      /app's storage: The clocks of the app and of .* differ by minutes/,
    ],
  ] as const)("%s", async (_, refusal, what) => {
    const { url } = await app();
    fronts.blob.refuse = () => refusals[refusal];
    await says(url, what);
  });

  it("the storage's firewall before this machine alone", async () => {
    const { url } = await app();
    fronts.blob.refuse = (method, { searchParams }) =>
      method === "PUT" && searchParams.has("sig") ? refusals.firewall : undefined;
    await says(url, /round trip: the upload: The firewall of .* does not admit this machine/);
  });

  it("a clock that differs from storage's", async () => {
    fronts.blob.ahead = -3_600_000;
    await says((await app()).url, /app's clock: .* \d{4} s ahead of that of storage/);
  });

  it("CORS rules that leave the page out", async () => {
    const { url } = await app();
    await setCors(azurite.connectionString, ["https://other.example"]);
    await says(
      url,
      /CORS rules: pages of https:\/\/page\.example .* Run: az storage cors add/,
      {},
      "--origin",
      "https://page.example",
    );
    await setCors(azurite.connectionString, ["*"]);
  });

  it.each([
    ["that is wrong", (uri: URL) => Object.assign(uri, { password: "wrong" }), /refuses the password of the role 'r/],
    [
      "of no database",
      (uri: URL) => Object.assign(uri, { pathname: "/nowhere" }),
      /has no database 'nowhere'.*CREATE DATABASE/,
    ],
    [
      "of a closed port",
      (uri: URL) => Object.assign(uri, { port: "1" }),
      /Nothing takes connections at 127\.0\.0\.1:1/,
    ],
    [
      "of an unknown host",
      (uri: URL) => Object.assign(uri, { hostname: "nowhere.invalid" }),
      /no host of the name.*privatelink\.postgres/,
    ],
  ])("a database's URI %s", async (_, change, what) => {
    const uri = new URL(await aDatabaseFor("mlflow"));
    await says((await app({ MLFLOW_BACKEND_STORE_URI: change(uri).href })).url, what);
  });

  it("a database behind a firewall that drops packets", async () => {
    const uri = `postgresql://mlflow:secret-of-it@127.0.0.1:${await aSilentPort()}/mlflow`;
    await says(
      (await app({ MLFLOW_BACKEND_STORE_URI: uri })).url,
      /app's database: .* does not answer\. .*a firewall drops/,
    );
  });

  it("a role that may create no tables, one without rights on them, and one without a free connection", async () => {
    const empty = await aDatabaseFor("template0");
    await says(
      (await app({ MLFLOW_BACKEND_STORE_URI: empty })).url,
      /lacks the right CREATE on the schema public.*GRANT CREATE ON SCHEMA/,
    );
    const filled = await aDatabaseFor("mlflow");
    await says(
      (await app({ MLFLOW_BACKEND_STORE_URI: filled })).url,
      /app's schema: The role 'r\w+' may not read and write MLflow's tables/,
    );
    const full = await aDatabaseFor("mlflow", (name) => [`ALTER ROLE ${name} CONNECTION LIMIT 0`]);
    await says(
      (await app({ MLFLOW_BACKEND_STORE_URI: full })).url,
      /has no free connection.*MLFLOW_SQLALCHEMYSTORE_POOL_SIZE/,
    );
  });

  it("a server that asks for TLS, and a certificate of it that is not the one to expect", async () => {
    const server = await aTlsPostgres();
    ends.push(server.stop);
    const plain = await app({ MLFLOW_BACKEND_STORE_URI: `${server.uri}?sslmode=disable` });
    await says(plain.url, /takes connections by TLS only.*sslmode=require/);
    const checked = await app({
      MLFLOW_BACKEND_STORE_URI: `${server.uri}?sslmode=verify-full&sslrootcert=${server.certificate}`,
    });
    // Whether this process checks certificates; the app is in it.
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "1";
    ends.push(() => {
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    });
    await says(checked.url, /The certificate of the server at .* is not the one to expect/);
  });

  it("tables that can't be reached", async () => {
    const tables = "AccountName=x;AccountKey=c2VjcmV0;TableEndpoint=http://127.0.0.1:1/x";
    await says(
      (await app({ MLFLOW_FUNCTIONS_TABLES_STORAGE: tables })).url,
      /app's tables: Nothing takes connections at .*'x'/,
    );
  });
});

describe("npm run doctor -- --url names, before it asks the app", { timeout: 240_000 }, () => {
  it("that there is no app", async () => {
    await says("https://nowhere.invalid", /reached: No host is known by the name nowhere\.invalid/);
    const { url } = await app();
    await says(
      `${url}/prefix`,
      /reached: .* serves no app that has \/health\. Correct --url \(with MLFLOW_STATIC_PREFIX/,
    );
  });

  it("a certificate that is signed by itself, and one that ends soon", async () => {
    const started = await app();
    const own = await overHttps(started.url, 90);
    await says(own.url, /TLS: the certificate is refused by clients: it is signed by itself/);
    const soon = await overHttps(started.url, 5);
    await says(soon.url, /TLS: the certificate ends in 4 days/, soon.trust);
  });

  it("that no sign-in is configured", async () => {
    const closed = await app({ MLFLOW_FUNCTIONS_AUTH: "" }, "0.0.0.0");
    await says(closed.url, /sign-in: none is configured, so the app serves only \/health\. Set MLFLOW_FUNCTIONS_AUTH/);
  });

  it("credentials that are missing or refused", async () => {
    const { url } = await app(basic);
    await says(url, /credentials: none are at hand\. Set MLFLOW_TRACKING_USERNAME/);
    await says(url, /credentials: those of MLFLOW_TRACKING_USERNAME .* are refused: You are not signed in/, {
      ...admin,
      MLFLOW_TRACKING_PASSWORD: "another password",
    });
  });

  it("App Service's sign-in where it refuses before the app, and where it is off", async () => {
    const started = await app({ ...basic, MLFLOW_FUNCTIONS_AUTH: "basic" });
    const platform = await aPlatform(started.url);
    platform.refuse = (_, { pathname }) =>
      pathname === "/health"
        ? undefined
        : { status: 401, code: "", message: "You do not have permission to view this directory or page." };
    await says(platform.origin, /sign-in: .* answered 401 by something before the app.*AllowAnonymous/);
    const authority = await anAuthority();
    ends.push(authority.close);
    const modes = { MLFLOW_FUNCTIONS_AUTH: "entra,easyauth", WEBSITE_AUTH_ENABLED: "True" };
    const off = await app({ ...authority.settings, ...modes });
    await says(off.url, /sign-in: the page is sent to App Service's sign-in, which is off/);
  });

  it("settings that the app refuses", async () => {
    const { url } = await app({ MLFLOW_SQLALCHEMYSTORE_POOL_SIZE: "many" });
    await says(url, /reached: .* refuses its settings\. Its log names/);
  });
});
