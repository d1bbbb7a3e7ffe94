import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GenerateResult } from "selfsigned";
import { ended, freePort } from "../../shared/tools/processes.ts";

interface AzuriteByIdentity {
  ports: { blob: number; table: number };
  /** Of every account. */
  key: string;
  stop(): Promise<void>;
}

/**
 * Azurite over https, as storage accounts that are known by their host names and take the tokens of identities. It
 * looks at a token's claims and not at its signature.
 */
export async function anAzuriteByIdentity(accounts: string[], made: GenerateResult): Promise<AzuriteByIdentity> {
  const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-azurite-"));
  const key = randomBytes(64).toString("base64");
  const [cert, privateKey] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  await Promise.all([writeFile(cert, made.cert), writeFile(privateKey, made.private, { mode: 0o600 })]);
  const ports = {
    blob: await freePort("127.0.0.1"),
    queue: await freePort("127.0.0.1"),
    table: await freePort("127.0.0.1"),
  };
  const entry = createRequire(import.meta.url).resolve("azurite/dist/src/azurite.js");
  const services = Object.entries(ports).flatMap(([name, port]) => [`--${name}Port`, String(port)]);
  const secure = ["--oauth", "basic", "--cert", cert, "--key", privateKey];
  const quiet = ["--silent", "--disableTelemetry", "--skipApiVersionCheck"];
  const child = spawn(process.execPath, [entry, ...services, ...secure, ...quiet, "--location", folder], {
    stdio: "ignore",
    env: { ...process.env, AZURITE_ACCOUNTS: accounts.map((account) => `${account}:${key}`).join(";") },
  });
  const stop = async () => {
    child.kill("SIGKILL");
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  await Promise.all([ports.blob, ports.table].map((port) => listening(child, port))).catch(async (error: Error) => {
    await stop();
    throw error;
  });
  return { ports, key, stop };
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 600 && child.exitCode === null; tries++) {
    // Any answer will do, or a refused certificate.
    const error = await fetch(`https://127.0.0.1:${port}`).then(
      () => undefined,
      (failure: Error) => (failure.cause as { code?: string } | undefined)?.code ?? "unknown",
    );
    if (error !== "ECONNREFUSED") return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("Azurite does not start");
}

/** A token that Azurite takes, as an identity's. */
export function aStorageToken(tenant: string, objectId: string): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    aud: "https://storage.azure.com",
    iss: `https://sts.windows.net/${tenant}/`,
    iat: now,
    nbf: now,
    exp: now + 3600,
    oid: objectId,
    tid: tenant,
  };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return [part({ alg: "none", typ: "JWT" }), part(claims), "unsigned"].join(".");
}
