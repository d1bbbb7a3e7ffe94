import { requireAuthTables } from "../mlflow/schema/auth-tables.ts";
import { ensureReady } from "../mlflow/schema/ready.ts";
import type { AppContext } from "../platform/context.ts";
import { MlflowError } from "../platform/errors.ts";
import { hashPassword } from "../platform/identity/password.ts";
import { isUserName, passwordProblem, publicPassword } from "../users/rules.ts";
import { createUser, findUser, hasAdmin } from "../users/store.ts";

/**
 * Makes sure that the tables of users are there, and an admin who can sign in: the one of
 * `MLFLOW_AUTH_ADMIN_USERNAME`, made with `MLFLOW_AUTH_ADMIN_PASSWORD` if missing (create_admin_user of
 * mlflow/server/auth/__init__.py).
 * @throws MlflowError TEMPORARILY_UNAVAILABLE with what to do
 */
export async function prepareUsers(app: AppContext): Promise<void> {
  await ensureReady(app);
  const { MLFLOW_AUTH_ADMIN_USERNAME: name, MLFLOW_AUTH_ADMIN_PASSWORD: password } = app.config;
  const { reading, writing } = app.database();
  await requireAuthTables(reading);
  if (!isUserName(name)) throw refused("MLFLOW_AUTH_ADMIN_USERNAME is empty or no user's name");
  if (await findUser(reading, name)) return;
  if (password === "") {
    if (await hasAdmin(reading)) return;
    throw refused("There is no admin yet. Set MLFLOW_AUTH_ADMIN_PASSWORD, from which the first one is made");
  }
  if (password === publicPassword)
    throw refused("MLFLOW_AUTH_ADMIN_PASSWORD is the default password of old MLflow servers, which everyone knows");
  const problem = passwordProblem(password);
  if (problem) throw refused(`MLFLOW_AUTH_ADMIN_PASSWORD is too short. ${problem.replace(/\.$/, "")}`);
  await createUser(writing, { name, passwordHash: await hashPassword(password), isAdmin: true });
}

const refused = (what: string) =>
  new MlflowError("TEMPORARILY_UNAVAILABLE", `Nobody can sign in yet. ${what}.`, { forOperator: true });
