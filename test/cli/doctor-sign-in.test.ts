import { execFile } from "node:child_process";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Authority, anAuthority } from "../support/authority.ts";
import { TestTables } from "../support/tables.ts";

const storage = { AZURE_STORAGE_CONNECTION_STRING: inject("storage"), AzureWebJobsStorage: inject("storage") };

/** What npm run doctor says of one thing. */
function said(of: string, env: Record<string, string>): Promise<string | undefined> {
  const own = { ...process.env, MLFLOW_BACKEND_STORE_URI: "", ...storage, ...new TestTables().settings, ...env };
  return new Promise((done) => {
    execFile(
      process.execPath,
      ["dist/doctor.cjs", "--data-dir", "test/output/none"],
      { env: own },
      (_error, stdout, stderr) => {
        const findings = stdout.split(/\n(?=good|lacking)/).map((text) => text.replace(/\s+/g, " ").trim());
        done(findings.find((text) => text.includes(` ${of}: `)) ?? stderr);
      },
    );
  });
}

describe("npm run doctor says of sign-in with Entra", () => {
  let authority: Authority;
  beforeAll(async () => {
    authority = await anAuthority();
  });
  afterAll(() => authority.close());

  const entra = (env: Record<string, string> = {}) =>
    said("Entra", { ...authority.settings, MLFLOW_FUNCTIONS_AUTH: "entra", ...env });

  it("that the tenant publishes its keys, and what tokens are for", async () => {
    const { url, tenant, audience } = authority;
    expect(await entra()).toBe(
      `good Entra: ${url} has the keys of ${tenant}; tokens must be for ${audience} or api://${audience}`,
    );
  });

  it("that a tenant is not known, or keys can't be had", async () => {
    const other = crypto.randomUUID();
    const both = await entra({ MLFLOW_FUNCTIONS_ENTRA_TENANTS: `${authority.tenant},${other}` });
    expect(both).toMatch(/^lacking Entra: .* answered 404\. See MLFLOW_FUNCTIONS_ENTRA_TENANTS/);
    expect(both).toContain(`the tenant ${other}`);
    expect(both).not.toContain(`the tenant ${authority.tenant}`);
    authority.mode = "error";
    expect(await entra()).toMatch(/^lacking Entra: .*discovery\/v2\.0\/keys answered 500/);
    authority.mode = "keys";
  });

  it("that the authority does not answer, or has another name in tokens", async () => {
    const closed = await entra({ MLFLOW_FUNCTIONS_ENTRA_AUTHORITY: "https://127.0.0.1:1" });
    expect(closed).toMatch(/^lacking Entra: .*https:\/\/127\.0\.0\.1:1\/.* does not answer \(/);
    const renamed = await entra({ MLFLOW_FUNCTIONS_ENTRA_AUTHORITY: authority.url.replace("127.0.0.1", "localhost") });
    expect(renamed).toMatch(/^lacking Entra: .*calls itself https:\/\/127\.0\.0\.1/);
  });

  it("that the clock differs by more than tokens are taken with", async () => {
    authority.ahead = 3600;
    expect(await entra()).toMatch(/^lacking Entra: this machine's clock is 3\d{3} s behind Entra's/);
    authority.ahead = -3600;
    expect(await entra()).toMatch(/^lacking Entra: this machine's clock is 3\d{3} s ahead of Entra's/);
    authority.ahead = 60;
    expect(await entra()).toMatch(/^good Entra: /);
    authority.ahead = 0;
  });

  it("that what tokens are for must be set", async () => {
    expect(await entra({ MLFLOW_FUNCTIONS_ENTRA_AUDIENCES: "" })).toMatch(/MLFLOW_FUNCTIONS_ENTRA_AUDIENCES/);
  });
});

describe("npm run doctor says of EasyAuth", () => {
  const easyAuth = (env: Record<string, string>) =>
    said("EasyAuth", {
      MLFLOW_FUNCTIONS_AUTH: "easyauth",
      MLFLOW_FUNCTIONS_ENTRA_TENANTS: crypto.randomUUID(),
      ...env,
    });

  it("whether the platform's sign-in is in front of the app", async () => {
    expect(await easyAuth({ WEBSITE_AUTH_ENABLED: "True" })).toMatch(/^good EasyAuth: /);
    expect(await easyAuth({})).toMatch(/^lacking EasyAuth: .*WEBSITE_AUTH_ENABLED is not True/);
  });
});
