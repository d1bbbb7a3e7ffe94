/**
 * The folder that is deployed, with the settings that the deployment writes, each as it is written. What is on Azure is
 * stood in for at the addresses that these settings name.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { AzureNamedKeyCredential, TableClient } from "@azure/data-tables";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import pg from "pg";
import { generate } from "selfsigned";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeAppFolder } from "../../scripts/app-folder.mjs";
import { mlflowVersion } from "../../shared/mlflow/version.ts";
import { freePort } from "../../shared/tools/processes.ts";
import { spawnStart } from "../local/starts.ts";
import { type Authority, anAuthority } from "../support/authority.ts";
import { anAzuriteByIdentity, aStorageToken } from "../support/azurite-by-identity.ts";
import { aConnectProxy } from "../support/connect-proxy.ts";
import { aManagedIdentity, tokenOf } from "../support/managed-identity.ts";
import { aTlsPostgres } from "../support/tls-postgres.ts";
import { python } from "./python.ts";

const clientId = "66666666-6666-6666-6666-666666666666";
const telemetry = "telemetry.example";

/** What the snapshot can't know, since Azure makes it. */
const madeByAzure: Record<string, string> = {
  "<identity.clientId>": clientId,
  "<monitoring.connectionString>": `InstrumentationKey=${clientId};IngestionEndpoint=https://${telemetry}/`,
};

const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-deployed-"));
const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
const closedLater = <T extends object>(stand: T, close: (stand: T) => Promise<unknown>): T => {
  closing.unshift(() => close(stand));
  return stand;
};
afterAll(async () => {
  for (const close of closing) await close();
});

async function writtenSettings(): Promise<Record<string, string>> {
  const text = await readFile("test/infra/app-settings.json", "utf8");
  return JSON.parse(text.replaceAll(/<[\w.]+>/g, (unknown) => madeByAzure[unknown] ?? unknown));
}

let settings: Record<string, string>;
let accounts: { artifacts: string; host: string };
let authority: Authority;
let azurite: Awaited<ReturnType<typeof anAzuriteByIdentity>>;
let admin: pg.Pool;
let role: string;
let standIns: Record<string, number>;
let output: () => string;
let url: string;

beforeAll(async () => {
  settings = await writtenSettings();
  const database = new URL(settings.MLFLOW_BACKEND_STORE_URI!);
  const artifacts = new URL(settings.MLFLOW_ARTIFACTS_DESTINATION!);
  role = database.username;
  accounts = { artifacts: artifacts.hostname.split(".")[0]!, host: settings.AzureWebJobsStorage__accountName! };
  const hosts = {
    blob: artifacts.hostname,
    table: `${accounts.host}.table.core.windows.net`,
    database: database.hostname,
    authority: "login.microsoftonline.com",
  };
  const extensions = [
    { name: "basicConstraints", cA: true },
    { name: "subjectAltName", altNames: Object.values(hosts).map((value) => ({ type: 2, value })) },
  ];
  const made = generate([{ name: "commonName", value: "stand-ins" }], { days: 1, keySize: 2048, extensions });
  const certificate = join(folder, "certificate.pem");
  await writeFile(certificate, made.cert);

  authority = closedLater(
    await anAuthority({
      url: `https://${hosts.authority}`,
      tenant: settings.MLFLOW_FUNCTIONS_ENTRA_TENANTS!,
      audience: settings.MLFLOW_FUNCTIONS_ENTRA_AUDIENCES!,
      certificate: made,
    }),
    (each) => each.close(),
  );
  const postgres = closedLater(await aTlsPostgres(made), (each) => each.stop());
  azurite = closedLater(await anAzuriteByIdentity(Object.values(accounts), made), (each) => each.stop());
  const serverUri = new URL(postgres.uri);
  serverUri.pathname = "/postgres";
  admin = closedLater(new pg.Pool({ connectionString: serverUri.href, max: 1 }), (each) => each.end());
  // The deployment makes the container; its database is empty, and the identity an ordinary role of it.
  await blobs().createContainer(artifacts.username);
  await promisify(execFile)(process.execPath, ["dist/migrate.cjs", "--grant", role], {
    env: { ...process.env, MLFLOW_BACKEND_STORE_URI: `${postgres.uri}?sslmode=require` },
  });
  const identity = closedLater(
    await aManagedIdentity(async (resource) => {
      const ofDatabase = resource.includes("ossrdbms-aad");
      return ofDatabase ? tokenOf(role, admin) : aStorageToken(authority.tenant, clientId);
    }, clientId),
    (each) => each.close(),
  );
  standIns = {
    [`${hosts.blob}:443`]: azurite.ports.blob,
    [`${hosts.table}:443`]: azurite.ports.table,
    [`${hosts.database}:5432`]: Number(serverUri.port),
    [`${hosts.authority}:443`]: authority.port,
  };
  const atBlobs = { [`${hosts.blob}:443`]: azurite.ports.blob };
  const proxy = closedLater(await aConnectProxy(atBlobs), (each) => each.close());
  client = { HTTPS_PROXY: proxy.url, NO_PROXY: "127.0.0.1", REQUESTS_CA_BUNDLE: certificate };

  await start({
    ...settings,
    // What the platform sets.
    ...identity.settings,
    WEBSITE_HOSTNAME: "app-mlflow.azurewebsites.net",
    WEBSITE_INSTANCE_ID: "1",
    WEBSITE_AUTH_ENABLED: "True",
    // What leads to the stand-ins.
    NODE_OPTIONS: `--require ${resolve("test/support/stand-in-hosts.cjs")}`,
    NODE_EXTRA_CA_CERTS: certificate,
    STAND_IN_HOSTS: JSON.stringify(standIns),
    // Nothing of who runs the tests.
    NODE_TLS_REJECT_UNAUTHORIZED: "1",
    HOME: folder,
  });
});

/** What the stock client needs to reach the stand-in of storage at the address of a SAS. */
let client: Record<string, string>;

const sharedKey = (account: string) => new StorageSharedKeyCredential(account, azurite.key);
const blobs = () =>
  new BlobServiceClient(`https://127.0.0.1:${azurite.ports.blob}/${accounts.artifacts}`, sharedKey(accounts.artifacts));

async function start(env: Record<string, string>): Promise<void> {
  const app = join(folder, "app");
  await writeAppFolder("dist", app);
  const port = await freePort("127.0.0.1");
  const started = spawnStart([app, String(port)], env, { script: resolve("dist/host.cjs"), page: true });
  output = started.output;
  while (!output().includes("is ready")) {
    if (started.child.exitCode !== null) throw new Error(output());
    await new Promise((done) => setTimeout(done, 50));
  }
  url = `http://127.0.0.1:${port}`;
}

const search = (token?: string) =>
  fetch(`${url}/api/2.0/mlflow/experiments/search?max_results=1`, {
    headers: token ? { authorization: `Bearer ${token}` } : {},
  });

it("nobody is served without signing in", async () => {
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect((await search()).status).toBe(401);
  expect((await search(await authority.userToken({ roles: [] }))).status).toBe(403);
});

it("a signed-in stock client does the quickstart, with artifacts by SAS of the identity", async () => {
  const MLFLOW_TRACKING_TOKEN = await authority.appToken({ roles: ["Editor"] });
  const env = { ...client, MLFLOW_TRACKING_URI: url, MLFLOW_TRACKING_TOKEN, MLFLOW_HTTP_REQUEST_MAX_RETRIES: "2" };
  const printed = await python(mlflowVersion, [resolve("examples/quickstart.py")], env).catch((error: Error) => {
    throw new Error(output(), { cause: error });
  });
  expect(printed).toMatch(/models:\/iris-quickstart@champion: accuracy 0\.9/);
  const stored: string[] = [];
  for await (const { name } of blobs().getContainerClient("mlflow").listBlobsFlat()) stored.push(name);
  expect(stored.some((name) => name.endsWith("MLmodel"))).toBe(true);
});

it("the upload ledger lies in the host's account", async () => {
  const uploads = new TableClient(
    `https://127.0.0.1:${azurite.ports.table}/${accounts.host}`,
    "mlflowuploads",
    new AzureNamedKeyCredential(accounts.host, azurite.key),
  );
  const rows: unknown[] = [];
  for await (const row of uploads.listEntities()) rows.push(row);
  expect(rows.length).toBeGreaterThan(0);
});

it("the app asked for nothing that the deployment does not name", () => {
  const strays = [...output().matchAll(/^no stand-in for (\S+)/gm)].map(([, host]) => host);
  expect(strays.filter((host) => host !== `${telemetry}:443`)).toEqual([]);
});
