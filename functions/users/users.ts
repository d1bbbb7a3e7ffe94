import type { z } from "zod";
import { invalid } from "../../shared/platform/errors.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { hashPassword, isPassword } from "../../shared/platform/identity/password.ts";
import * as admins from "../../shared/users/admins.ts";
import { userErrors } from "../../shared/users/errors.ts";
import { listRolesOf, listUsers } from "../../shared/users/lists.ts";
import { isSelf } from "../../shared/users/may.ts";
import { checkNewUser, passwordProblem } from "../../shared/users/rules.ts";
import * as store from "../../shared/users/store.ts";
import { findSubject, type Subject } from "../../shared/users/subjects.ts";
import type { CreateUser, Nothing, UpdateAdmin, UpdatePassword, UserByName } from "./schemas.ts";

export async function createUser(input: z.output<typeof CreateUser>, { db, caller, hashing }: Context) {
  const { username: name = "", password = "" } = input;
  if (name === "" || password === "") throw invalid("Username and password cannot be empty.");
  checkNewUser(name, password);
  const passwordHash = await hashing.run(caller.user.name, () => hashPassword(password));
  const id = await store.createUser(db, { name, passwordHash, isAdmin: false });
  if (id === undefined) throw userErrors.exists(name);
  return { user: { id, username: name, is_admin: false } };
}

const userJson = (subject: Subject, name: string) =>
  "principal" in subject
    ? { id: subject.number, username: name, is_admin: false }
    : { id: subject.user, username: subject.name, is_admin: subject.isAdmin };

export async function getUser({ username }: z.output<typeof UserByName>, { db }: Context) {
  return { user: userJson(await findSubject(db, username), username) };
}

/**
 * An admin of Entra is one by an app role, so the caller's own rights tell it. `is_basic_auth` has the page show its
 * Logout, which ends a session too.
 */
export async function getCurrentUser(_: z.output<typeof Nothing>, { db, caller: { user } }: Context) {
  const found = userJson(await findSubject(db, user.name), user.name);
  return { user: { ...found, is_admin: user.access.isAdmin }, is_basic_auth: user.isBasic || user.hasSession === true };
}

/** Who does not manage the workspace is not told who else there is. */
export async function listEveryone(_: z.output<typeof Nothing>, { db, caller: { user } }: Context) {
  return `{"users":${await listUsers(db, user.access.isManager ? undefined : user.name)}}`;
}

export async function listUserRoles({ username }: z.output<typeof UserByName>, { db }: Context) {
  await findSubject(db, username);
  return `{"roles":${await listRolesOf(db, username)}}`;
}

/** A user who changes their own password gives the one they have: an open browser alone is not enough. */
export async function updatePassword(input: z.output<typeof UpdatePassword>, context: Context) {
  const { db, caller, hashing } = context;
  const { username, password, current_password: current } = input;
  const stored = await store.findUser(db, username);
  if (!stored) throw userErrors.notFound(username);
  const problem = passwordProblem(password);
  if (problem !== undefined) throw invalid(problem);
  if (isSelf(caller, username)) await checkCurrent(stored.passwordHash, current, password, context);
  const hash = await hashing.run(caller.user.name, () => hashPassword(password));
  await admins.setPassword(db, stored.id, hash);
  return {};
}

async function checkCurrent(
  hash: string | null,
  current: string | undefined,
  password: string,
  { caller, hashing }: Context,
): Promise<void> {
  if (!current) throw invalid("Current password is required when changing your own password.");
  if (!(await hashing.run(caller.user.name, () => isPassword(current, hash ?? undefined))))
    throw invalid("Current password does not match.");
  if (password === current) throw invalid("New password must differ from the current password.");
}

export async function updateAdmin({ username, is_admin: isAdmin }: z.output<typeof UpdateAdmin>, context: Context) {
  if (isAdmin === undefined) throw invalid("Missing value for required parameter 'is_admin'.");
  await admins.setAdmin(context.db, username, isAdmin);
  return {};
}

export async function deleteUser({ username }: z.output<typeof UserByName>, { db, caller }: Context) {
  if (isSelf(caller, username)) throw userErrors.ownAccount();
  await admins.deleteUser(db, username);
  return {};
}
