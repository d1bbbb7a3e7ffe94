/** A database that can't be reached: the cause is in the log, once, and doctor names it. */
import { execFile } from "node:child_process";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { post, start, stop } from "../local/starts.ts";
import { aTlsPostgres } from "../support/tls-postgres.ts";

let withTls: Awaited<ReturnType<typeof aTlsPostgres>>;
beforeAll(async () => {
  withTls = await aTlsPostgres();
});
afterAll(() => withTls.stop());

const storage = { AZURE_STORAGE_CONNECTION_STRING: inject("storage"), AzureWebJobsStorage: inject("storage") };
const password = () => new URL(withTls.uri).password;

const unreachable: [name: string, uri: () => string, cause: RegExp][] = [
  ["a certificate of another authority", () => `${withTls.uri}?sslmode=verify-full`, /self-signed certificate/],
  [
    "a certificate file that is missing",
    () => `${withTls.uri}?sslmode=verify-full&sslrootcert=/nowhere/root.pem`,
    /The file of sslrootcert, \/nowhere\/root\.pem, can't be read \(ENOENT\)/,
  ],
  ["an unknown host", () => withTls.uri.replace(/127[^/]+/, "nowhere.invalid"), /getaddrinfo E\w+ nowhere\.invalid/],
  ["a closed port", () => withTls.uri.replace(/127[^/]+/, "127.0.0.1:1"), /ECONNREFUSED/],
];

describe.each(unreachable)("%s", (_, uri, cause) => {
  it("is in the log once", async () => {
    const app = await start([], { ...storage, MLFLOW_BACKEND_STORE_URI: uri() });
    for (let request = 0; request < 3; request++)
      expect(await post(app.url, "experiments/search", { max_results: 1 })).toMatchObject({ status: 429 });
    const told = app
      .output()
      .split("\n")
      .filter((line) => cause.test(line));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/: The database can't be reached .* Cause: /);
    expect(app.output()).not.toContain(password());
    await stop(app);
  });

  it("is named by doctor", async () => {
    const { output } = await doctor(uri());
    expect(output).toMatch(new RegExp(`^lacking +database: it can't be reached: .*${cause.source}`, "m"));
    expect(output).not.toContain(password());
  });
});

it("a refused sign-in is in the log, and named by doctor", async () => {
  const uri = inject("postgres").replace(/:[^:@]+@/, ":topsecret@");
  const app = await start([], { ...storage, MLFLOW_BACKEND_STORE_URI: uri });
  expect((await post(app.url, "experiments/search", { max_results: 1 })).status).toBe(503);
  expect(app.output()).toContain('password authentication failed for user "mlflow"');
  const { output } = await doctor(uri);
  expect(output).toMatch(/^lacking +database: .* refuses the password of the role 'mlflow'\. Correct the password/m);
  expect(app.output() + output).not.toContain("topsecret");
  await stop(app);
});

function doctor(uri: string): Promise<{ output: string }> {
  const env = { ...process.env, ...storage, MLFLOW_BACKEND_STORE_URI: uri };
  const args = ["dist/doctor.cjs", "--data-dir", "test/output/none"];
  return new Promise((done) => {
    execFile(process.execPath, args, { env }, (_, stdout, stderr) => done({ output: stdout + stderr }));
  });
}
