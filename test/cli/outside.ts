import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { generate } from "selfsigned";
import { expect, inject } from "vitest";
import { aDatabase } from "../support/app.ts";
import { aStorageFront, type StorageFront } from "../support/storage-front.ts";

type End = () => Promise<unknown> | unknown;

/** What a test has set up, to be ended after it. */
export const ends: End[] = [];

/** Ends all of it, the last first. */
export async function endAll(): Promise<void> {
  while (ends.length > 0) await ends.pop()!();
}

interface Said {
  code: number;
  text: string;
  good: boolean;
  /** Of what is lacking. */
  lacking: string[];
}

/** What npm run doctor says of an address. It knows no app's settings. */
function doctor(url: string, env: Record<string, string> = {}, ...more: string[]): Promise<Said> {
  const { PATH = "" } = process.env;
  const args = ["dist/doctor.cjs", "--url", url, "--json", ...more];
  return new Promise((done) => {
    execFile(process.execPath, args, { env: { PATH, ...env } }, (error, stdout, stderr) => {
      const { good = false, findings = [] } = stdout.startsWith("{") ? JSON.parse(stdout) : {};
      const lacking = findings
        .filter(({ state }: { state: string }) => state === "lacking")
        .map(({ name, text }: { name: string; text: string }) => `${name}: ${text}`);
      done({ code: Number(error?.code ?? 0), text: stdout + stderr, good, lacking });
    });
  });
}

/** Asks again where a busy machine took longer than a check may. */
async function until(ask: () => Promise<Said>, isEnough: (said: Said) => boolean): Promise<Said> {
  let said = await ask();
  for (let tries = 1; tries < 6 && !isEnough(said); tries++) said = await ask();
  return said;
}

/** Has the doctor say this of an app, and end with 1. */
export async function says(
  url: string,
  what: RegExp,
  env: Record<string, string> = {},
  ...more: string[]
): Promise<void> {
  const said = await until(
    () => doctor(url, env, ...more),
    ({ lacking }) => lacking.some((text) => what.test(text)),
  );
  expect(said.lacking).toContainEqual(expect.stringMatching(what));
  expect([said.code, said.good]).toEqual([1, false]);
  expect(said.text).not.toMatch(/secret-of-it|\\n +at |"sig=/);
}

/** Has it find nothing, and end with 0. */
export async function isWhole(url: string, env: Record<string, string>): Promise<Said> {
  const said = await until(
    () => doctor(url, env),
    ({ lacking }) => lacking.length === 0,
  );
  expect(said.lacking).toEqual([]);
  expect([said.code, said.good]).toEqual([0, true]);
  return said;
}

const aCertificate = (days: number) =>
  generate([{ name: "commonName", value: "127.0.0.1" }], {
    days,
    keySize: 2048,
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
    ],
  });

/** An app's address by https, with a certificate that is valid for so many days, and what makes clients trust it. */
export async function overHttps(url: string, days: number): Promise<{ url: string; trust: Record<string, string> }> {
  const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-https-"));
  const made = aCertificate(days);
  const front = await aStorageFront(url, { key: made.private, cert: made.cert });
  const file = join(folder, "cert.pem");
  await writeFile(file, made.cert);
  ends.push(front.close, () => rm(folder, { recursive: true, force: true }));
  return { url: front.origin, trust: { NODE_EXTRA_CA_CERTS: file } };
}

/** What stands before an app on App Service. */
export async function aPlatform(url: string): Promise<StorageFront> {
  const front = await aStorageFront(url);
  ends.push(front.close);
  return front;
}

/** An az that knows a token for an app registration, and nothing else. */
export async function anAz(token: string, resource: string): Promise<{ PATH: string }> {
  const folder = await mkdtemp(join(tmpdir(), "mlflow-functions-az-"));
  const script = `#!/bin/sh\ncase "$*" in *"--resource ${resource} "*) echo "${token}" ;; *) exit 1 ;; esac\n`;
  await writeFile(join(folder, "az"), script);
  await chmod(join(folder, "az"), 0o755);
  ends.push(() => rm(folder, { recursive: true, force: true }));
  return { PATH: `${folder}:/usr/bin:/bin` };
}

/** The address of a port that takes connections and answers nothing, as behind a firewall that drops packets. */
export async function aSilentPort(): Promise<number> {
  const server = createServer((socket) => void socket.on("error", () => {}));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  ends.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function run(statements: string[], connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

const password = "secret-of-it";

/**
 * The URI of a database for a new role that may sign in and nothing else.
 * @param change statements that go before, given the names of the role and the database
 */
export async function aDatabaseFor(
  template: "mlflow" | "template0",
  change: (role: string, database: string) => string[] = () => [],
): Promise<string> {
  const { uri, drop } = await aDatabase(template);
  const role = `r${crypto.randomUUID().replaceAll("-", "")}`;
  const at = new URL(uri);
  await run([`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`, ...change(role, at.pathname.slice(1))], uri);
  ends.push(async () => {
    await drop();
    await run([`DROP ROLE ${role}`], inject("postgres"));
  });
  return Object.assign(at, { username: role, password }).href;
}
