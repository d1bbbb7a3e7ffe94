import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as later } from "node:timers/promises";
import { generate } from "selfsigned";
import { ended, freePort } from "../../shared/tools/processes.ts";
import { aStorageFront, type StorageFront } from "./storage-front.ts";

export interface IdentityStorage {
  /** What an app needs to use it by its identity: an address without a key, and where to get tokens. */
  settings: Record<string, string>;
  account: string;
  blob: StorageFront;
  table: StorageFront;
  stop(): Promise<void>;
}

const account = "team1";

/** Azurite looks at a token's claims and not at its signature. */
function token(): string {
  const now = Math.floor(Date.now() / 1000);
  const times = { iat: now, nbf: now, exp: now + 3600 };
  const claims = {
    aud: "https://storage.azure.com",
    iss: "https://sts.windows.net/t/",
    ...times,
    oid: "app",
    tid: "t",
  };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return [part({ alg: "none", typ: "JWT" }), part(claims), "unsigned"].join(".");
}

/**
 * An Azurite that takes tokens, with fronts before its services and a managed identity's endpoint that gives them. Its
 * certificate is its own, so this process checks no certificates from now on.
 */
export async function identityStorage(): Promise<IdentityStorage> {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-oauth-"));
  const made = generate([{ name: "commonName", value: "127.0.0.1" }], { days: 1, keySize: 2048 });
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  await Promise.all([writeFile(key, made.private), writeFile(cert, made.cert)]);
  const services = ["blob", "queue", "table"];
  const ports: number[] = [];
  for (const _ of services) ports.push(await freePort("127.0.0.1"));
  const places = services.flatMap((service, index) => [
    `--${service}Host`,
    "127.0.0.1",
    `--${service}Port`,
    `${ports[index]}`,
  ]);
  const options = ["--location", join(folder, "data"), "--silent", "--disableTelemetry", "--skipApiVersionCheck"];
  const entry = createRequire(import.meta.url).resolve("azurite/dist/src/azurite.js");
  const child = spawn(
    process.execPath,
    [entry, ...places, ...options, "--oauth", "basic", "--cert", cert, "--key", key],
    {
      stdio: "ignore",
      env: { ...process.env, AZURITE_ACCOUNTS: `${account}:${Buffer.from("a key of its own").toString("base64")}` },
    },
  );
  await Promise.all([listens(ports[0]!), listens(ports[2]!)]);
  const tls = { key: made.private, cert: made.cert };
  const [blob, table] = await Promise.all([
    aStorageFront(`https://127.0.0.1:${ports[0]}`, tls),
    aStorageFront(`https://127.0.0.1:${ports[2]}`, tls),
  ]);
  const endpoint = createServer((_, response) => {
    const expires_on = Math.floor(Date.now() / 1000) + 3600;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ access_token: token(), expires_on, token_type: "Bearer", resource: "x" }));
  });
  await new Promise<void>((done) => endpoint.listen(0, "127.0.0.1", done));
  return {
    account,
    blob,
    table,
    settings: {
      AZURE_STORAGE_CONNECTION_STRING: `AccountName=${account};BlobEndpoint=${blob.origin}/${account}`,
      MLFLOW_FUNCTIONS_TABLES_STORAGE: `${table.origin}/${account}`,
      IDENTITY_ENDPOINT: `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/token`,
      IDENTITY_HEADER: "header",
    },
    stop: async () => {
      await Promise.all([blob.close(), table.close()]);
      endpoint.close();
      child.kill("SIGKILL");
      await ended(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function listens(port: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (isThere) return;
    await later(100);
  }
  throw new Error(`Nothing listens on port ${port}`);
}
