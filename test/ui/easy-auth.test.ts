import { expect, it } from "vitest";
import { easyAuthClaims } from "../support/easy-auth.ts";
import { type EasyAuthFront, startEasyAuthFront } from "../support/easy-auth-front.ts";
import { describePage, eventually } from "./site.ts";

const tenant = crypto.randomUUID();
const someone = (...roles: string[]) => easyAuthClaims(tenant, crypto.randomUUID(), roles);
const accounts = { Reader: someone("Reader"), Editor: someone("Editor"), Admin: someone("Admin"), Stranger: someone() };
const env = {
  MLFLOW_FUNCTIONS_AUTH: "easyauth",
  MLFLOW_FUNCTIONS_ENTRA_TENANTS: tenant,
  WEBSITE_AUTH_ENABLED: "True",
};
const keyOf = (account: keyof typeof accounts) =>
  `user:${tenant}:${accounts[account]["http://schemas.microsoft.com/identity/claims/objectidentifier"]}`;

let easyAuth: EasyAuthFront;
const front = async ({ url }: { url: string }) => (easyAuth = await startEasyAuthFront(url, accounts));

describePage("behind EasyAuth, the page", { env, front }, (site) => {
  const stage = async (name: string) => {
    const { rows } = await site.app.db.query("SELECT lifecycle_stage FROM experiments WHERE name = $1", [name]);
    return rows[0]?.lifecycle_stage;
  };
  const signIn = async (account: keyof typeof accounts) => {
    const { page } = site.visitor;
    await site.visitor.leave();
    await page.context().clearCookies();
    await page.goto(easyAuth.url);
    await page.getByRole("link", { name: account }).click();
    await page.waitForURL(`${easyAuth.url}/**`);
  };
  const create = async (name: string) => {
    const { visitor } = site;
    await visitor.open("/experiments", "churn-prediction");
    await visitor.press("Create");
    await visitor.page.getByPlaceholder(/experiment name/i).fill(name);
    await visitor.press("Create");
  };

  it.each([
    "/ajax-api/2.0/mlflow/users/current",
    "/api/2.0/mlflow/experiments/get?experiment_id=0",
    "/graphql",
    "/get-artifact",
    "/version",
  ])("never sends clients of the API elsewhere: %s", async (path) => {
    const { status, headers } = await fetch(easyAuth.url + path, { redirect: "manual" });
    expect([status, headers.get("location")]).toEqual([401, null]);
  });

  it("is given to a Reader who signs in, and changes nothing for them", async () => {
    await signIn("Reader");
    await site.visitor.sees("Recent Experiments");
    await site.visitor.open(site.experiment("/runs"), "16 matching runs");
    await site.visitor.open(site.run("/artifacts/notes.txt"), "a line of notes");
    await create("by-a-reader");
    await site.visitor.sees("Permission denied");
    expect(await site.visitor.problems()).toEqual([expect.stringMatching(/^403 POST .*\/experiments\/create$/)]);
    expect(await stage("by-a-reader")).toBeUndefined();
  });

  it("signs out", async () => {
    const { visitor } = site;
    await visitor.open("/", "Recent Experiments");
    await visitor.page.getByText(/^user:/).click();
    await visitor.page.getByText("Logout").click();
    await visitor.sees("Pick an account");
    const expected = /^401 GET .*\/users\/current$/;
    expect(await visitor.problems()).toEqual([expect.stringMatching(expected)]);
    expect(easyAuth.log.filter(({ path }) => path === "/").at(-1)).toMatchObject({ path: "/", account: undefined });
  });

  it("is given to an Editor, who creates experiments", async () => {
    await signIn("Editor");
    await create("by-an-editor");
    await eventually(() => stage("by-an-editor")).toBe("active");
    await site.visitor.sees("by-an-editor");
  });

  it("shows an Admin who has signed in, and grants to them", async () => {
    const { visitor } = site;
    await signIn("Admin");
    await visitor.open("/admin", "Create User");
    await visitor.page.getByRole("link", { name: keyOf("Reader") }).click();
    await visitor.press("Edit access");
    await visitor.page.getByRole("dialog").getByText("Select experiment").click();
    await visitor.page.getByRole("option", { name: "churn-prediction" }).click();
    await visitor.part("admin.direct_permission.permission_level").click();
    await visitor.page.getByRole("option", { name: "EDIT" }).click();
    await visitor.press("Add");
    await visitor.press("Review changes");
    await visitor.press("Apply changes");
    await visitor.page.getByRole("dialog").waitFor({ state: "detached" });
    await visitor.page.getByRole("tab", { name: "Permissions" }).click();
    await visitor.sees("experiment:1");
    const { rows } = await site.app.db.query(
      "SELECT * FROM mlflow_functions.principal_permissions WHERE principal = $1",
      [keyOf("Reader")],
    );
    expect(rows).toMatchObject([
      { resource_type: "experiment", resource_pattern: site.made.experiment, permission: "EDIT" },
    ]);
  });

  it("is nothing to who has no role", async () => {
    await signIn("Stranger");
    await site.visitor.sees("PERMISSION_DENIED");
    expect(await site.visitor.problems()).toEqual([`403 GET ${easyAuth.url}/`]);
  });
});
