/** What keeps people from signing in with a name and a password, or lets in too many. */
import { requireAuthTables } from "../shared/mlflow/schema/auth-tables.ts";
import { type AppContext, makeContext } from "../shared/platform/context.ts";
import { MlflowError } from "../shared/platform/errors.ts";
import { isPassword } from "../shared/platform/identity/password.ts";
import { causeOf } from "../shared/platform/once-a-minute.ts";
import { passwordProblem, publicPassword } from "../shared/users/rules.ts";
import { listAdmins } from "../shared/users/store.ts";
import type { Look } from "./findings.ts";

/** Looks at the tables of users, and changes nothing in them. */
export async function lookAtUsers({ config }: AppContext): Promise<Look> {
  // The look at the database, at the same time, closes the context's.
  const db = makeContext(config).database();
  try {
    await requireAuthTables(db.reading);
    const admins = await listAdmins(db.reading);
    if (admins.length === 0) return withoutAdmin(config.MLFLOW_AUTH_ADMIN_USERNAME, config.MLFLOW_AUTH_ADMIN_PASSWORD);
    for (const { name, passwordHash } of admins)
      if (await isPassword(publicPassword, passwordHash))
        return {
          good: false,
          text: `the admin '${name}' has the default password of old MLflow servers, and so can't sign in. Set MLFLOW_AUTH_ADMIN_USERNAME=${name}
         and MLFLOW_AUTH_ADMIN_PASSWORD, and sign in once with them`,
        };
    return { good: true, text: `${admins.map(({ name }) => `'${name}'`).join(", ")} may do everything` };
  } catch (error) {
    return { good: false, text: error instanceof MlflowError && !error.cause ? error.message : causeOf(error) };
  } finally {
    await db.end();
  }
}

function withoutAdmin(name: string, password: string): Look {
  const problem = passwordProblem(password);
  if (password === "") return lacking("from which the first one is made");
  if (password === publicPassword) return lacking("to another one than the default password of old MLflow servers");
  if (problem !== undefined) return lacking(`to a longer one: ${problem}`);
  return { good: true, text: `the first request makes the admin '${name}'` };
}

const lacking = (how: string): Look => ({
  good: false,
  text: `there is no admin yet. Set MLFLOW_AUTH_ADMIN_PASSWORD, ${how}`,
});
