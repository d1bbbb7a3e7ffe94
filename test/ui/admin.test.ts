import type { Locator } from "playwright-core";
import { expect, it } from "vitest";
import { as, asAdmin, basicSettings, makeUsers, password } from "../identity/signed-in.ts";
import type { App } from "../support/app.ts";
import { describePage, eventually, type Site } from "./site.ts";

const { MLFLOW_AUTH_ADMIN_PASSWORD: adminPassword } = basicSettings;
const admin = { username: "admin", password: adminPassword };
const newPassword = "another password of alice";

const dialogOf = ({ visitor: { page } }: Site): Locator => page.getByRole("dialog").last();

/** Grants as the database has them, those that creators have left out. */
async function grantsOf({ app }: Site, role: string): Promise<string[]> {
  const { rows } = await app.db.query(
    `SELECT concat_ws(' ', resource_type, resource_pattern, permission) AS grant FROM role_permissions
     JOIN roles ON roles.id = role_id WHERE name = $1 ORDER BY 1`,
    [role],
  );
  return rows.map(({ grant }) => grant);
}

async function usersOf({ app }: Site, role: string): Promise<string[]> {
  const { rows } = await app.db.query(
    `SELECT username FROM user_role_assignments JOIN users ON users.id = user_id JOIN roles ON roles.id = role_id
     WHERE name = $1 ORDER BY 1`,
    [role],
  );
  return rows.map(({ username }) => username);
}

const names = async ({ app }: Site, table: "users" | "roles", column: string): Promise<string[]> =>
  (await app.db.query(`SELECT ${column} AS name FROM ${table} ORDER BY 1`)).rows.map(({ name }) => name);

/** Makes Alice, who has a role. */
async function withRole(app: App): Promise<void> {
  await makeUsers(app, ["alice"]);
  const send = (path: string, body: unknown) => asAdmin(app).send("POST", `/api/3.0/mlflow/roles/${path}`, body);
  const { id } = (await send("create", { name: "scientists", workspace: "default" })).body.role;
  await send("permissions/add", {
    role_id: id,
    resource_type: "experiment",
    resource_pattern: "*",
    permission: "EDIT",
  });
  await send("assign", { username: "alice", role_id: id });
}

describePage(
  "the admin page of basic users",
  { env: basicSettings, credentials: admin, prepare: (app) => makeUsers(app, ["bob"]) },
  (site) => {
    const ownRole = async (name: string) =>
      `__user_${(await site.app.db.query("SELECT id FROM users WHERE username = $1", [name])).rows[0].id}__`;
    const editAccess = async (name: string) => {
      await site.visitor.open(`/admin/users/${name}`, "Permissions and roles assigned to this user.");
      await site.visitor.press("Edit access");
      await site.visitor.sees("Add a permission");
    };
    const openRole = async () => {
      await site.visitor.open("/admin?tab=roles", "Create Role");
      await site.visitor.page.getByRole("link", { name: "scientists" }).click();
    };
    const apply = async () => {
      await site.visitor.press("Review changes");
      await site.visitor.press("Apply changes");
      await dialogOf(site).waitFor({ state: "detached" });
    };

    it("makes a user, who can sign in", async () => {
      const { visitor } = site;
      await visitor.open("/admin", "Create User");
      await visitor.press("Create User");
      await visitor.page.getByPlaceholder("Enter username").fill("alice");
      await visitor.page.getByPlaceholder("Enter password").fill(password);
      await visitor.press("Create user");
      await visitor.page.getByRole("link", { name: "alice" }).waitFor();
      await visitor.keep("admin-users");
      const { body } = await as(site.app, "alice").get("/api/2.0/mlflow/users/current");
      expect(body.user).toMatchObject({ username: "alice", is_admin: false });
    });

    it("says why a user can't be made", async () => {
      const { visitor } = site;
      await visitor.open("/admin", "Create User");
      await visitor.press("Create User");
      await visitor.page.getByPlaceholder("Enter username").fill("carol");
      await visitor.page.getByPlaceholder("Enter password").fill("short");
      await visitor.press("Create user");
      await visitor.sees(/at least 12/);
      expect(await visitor.problems()).toEqual([expect.stringMatching(/^400 POST .*users\/create$/)]);
      expect(await names(site, "users", "username")).not.toContain("carol");
    });

    it("makes a role with a permission and users", async () => {
      const { visitor } = site;
      await visitor.open("/admin", "Create User");
      await visitor.page.getByRole("tab", { name: "Roles" }).click();
      await visitor.press("Create Role");
      await visitor.page.getByPlaceholder("Enter role name").fill("scientists");
      await visitor.press("Permissions");
      await visitor.press("Add");
      await visitor.press("Assign users");
      await visitor.part("admin.role_users.users").click();
      await visitor.page.getByRole("option", { name: "bob" }).click();
      await visitor.page.keyboard.press("Escape");
      await visitor.keep("role");
      await visitor.press("Create role");
      await visitor.page.getByRole("link", { name: "scientists" }).waitFor();
      await eventually(() => grantsOf(site, "scientists")).toEqual(["experiment * READ"]);
      await eventually(() => usersOf(site, "scientists")).toEqual(["bob"]);
    });

    it("assigns a role to a user, and grants on one experiment", async () => {
      const { visitor } = site;
      await editAccess("alice");
      await dialogOf(site).getByText("Select experiment").click();
      await visitor.page.getByRole("option", { name: "fraud-detection" }).click();
      await visitor.keep("grant");
      await visitor.press("Add");
      await visitor.part("admin.role_assignment.roles").click();
      await visitor.page.getByRole("option", { name: "scientists" }).click();
      await visitor.page.keyboard.press("Escape");
      await apply();
      expect(await usersOf(site, "scientists")).toEqual(["alice", "bob"]);
      expect(await grantsOf(site, await ownRole("alice"))).toEqual(["experiment 3 READ"]);
      await visitor.sees("scientists");
    });

    it("takes both from the user", async () => {
      const { visitor } = site;
      await editAccess("alice");
      await dialogOf(site).getByRole("button", { name: "Remove experiment 3" }).click();
      await visitor.part("admin.role_assignment.roles").click();
      await visitor.page.getByRole("option", { name: "scientists" }).click();
      await visitor.page.keyboard.press("Escape");
      await apply();
      expect(await usersOf(site, "scientists")).toEqual(["bob"]);
      expect(await grantsOf(site, await ownRole("alice"))).toEqual([]);
    });

    it("makes the user an admin, and takes that back", async () => {
      const isAdmin = async () => (await as(site.app, "alice").get("/api/2.0/mlflow/users/current")).body.user.is_admin;
      for (const wanted of [true, false]) {
        await editAccess("alice");
        await dialogOf(site).getByRole("switch").click();
        await apply();
        expect(await isAdmin()).toBe(wanted);
      }
    });

    it("changes a role", async () => {
      const { visitor } = site;
      await openRole();
      await visitor.part("admin.role.edit_button").click();
      await dialogOf(site)
        .getByRole("button", { name: /^Remove/ })
        .first()
        .click();
      await visitor.keep("edit-role");
      await visitor.part("admin.role_permission_form.resource_type").click();
      await visitor.page.getByRole("option", { name: "Registered model", exact: true }).click();
      await visitor.part("admin.role_permission_form.permission_level").click();
      await visitor.page.getByRole("option", { name: "EDIT" }).click();
      await visitor.press("Add");
      await apply();
      expect(await grantsOf(site, "scientists")).toEqual(["registered_model * EDIT"]);
    });

    const deleteChosen = async (name: string) => {
      await site.visitor.page.getByRole("row").filter({ hasText: name }).getByRole("checkbox").click();
      await site.visitor.press(/^Delete/);
      await site.visitor.press(/^Delete/);
      await site.visitor.page.getByRole("link", { name }).waitFor({ state: "detached" });
    };

    it("deletes the role and the user", async () => {
      const { visitor } = site;
      await visitor.open("/admin?tab=roles", "Create Role");
      await deleteChosen("scientists");
      expect(await names(site, "roles", "name")).not.toContain("scientists");
      await visitor.open("/admin", "Create User");
      await deleteChosen("alice");
      expect(await names(site, "users", "username")).toEqual(["admin", "bob"]);
      expect((await as(site.app, "alice").get("/api/2.0/mlflow/users/current")).status).toBe(401);
    });
  },
);

describePage(
  "the account page",
  { env: basicSettings, credentials: { username: "alice", password }, prepare: withRole },
  (site) => {
    const change = async (current: string, next: string) => {
      const { visitor } = site;
      await visitor.page.getByPlaceholder("Enter current password").fill(current);
      await visitor.page.getByPlaceholder("Enter new password").fill(next);
      await visitor.page.getByPlaceholder("Confirm new password").fill(next);
      await visitor.press("Update password");
    };

    it("shows who is signed in, with their roles and permissions", async () => {
      const { visitor } = site;
      await visitor.open("/account", "Logged in as alice");
      await visitor.sees("scientists");
      await visitor.page.getByRole("tab", { name: "Permissions" }).click();
      await visitor.sees("EDIT");
    });

    it("changes the password", async () => {
      const { visitor, app } = site;
      await visitor.open("/account", "Logged in as alice");
      await visitor.press("Change password");
      await change("not the password", newPassword);
      await visitor.sees("Current password does not match.");
      expect(await visitor.problems()).toEqual([expect.stringMatching(/^400 PATCH .*update-password$/)]);
      const answer = visitor.page.waitForResponse(/update-password/);
      await change(password, newPassword);
      expect((await answer).status()).toBe(200);
      await visitor.page.context().setHTTPCredentials({ username: "alice", password: newPassword });
      expect((await as(app, "alice", newPassword).get("/api/2.0/mlflow/users/current")).status).toBe(200);
      expect((await as(app, "alice").get("/api/2.0/mlflow/users/current")).status).toBe(401);
      // The page signs out by itself; meanwhile the browser may have tried the old password once more.
      await visitor.open("/account", "Logged in as alice");
      const signedOut = /^401 GET |^failed GET .*ERR_(INVALID_AUTH_CREDENTIALS|ABORTED)$/;
      expect((await visitor.problems()).filter((problem) => !signedOut.test(problem))).toEqual([]);
    });
  },
);
