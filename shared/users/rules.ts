/** What holds of a basic user's name and password (mlflow/utils/validation.py). */
import { isLonger } from "../mlflow/rules.ts";
import { invalid } from "../platform/errors.ts";

/** The default password of the admin of old MLflow servers. Everyone knows it, so it opens nothing. */
export const publicPassword = "password1234";

const shortestPassword = 12;
// A longer one would not fit into the header that it is sent in.
const longestPassword = 1000;
const longestName = 255;

/** What is wrong with a password; undefined where nothing is. */
export function passwordProblem(password: string): string | undefined {
  if (!isLonger(password, shortestPassword - 1)) return `Password must be at least ${shortestPassword} characters.`;
  if (isLonger(password, longestPassword)) return `Password must be at most ${longestPassword} characters.`;
}

/**
 * What a new user's name and password must be.
 * @throws MlflowError INVALID_PARAMETER_VALUE
 */
export function checkNewUser(name: string, password: string): void {
  if (!isUserName(name)) throw invalid(`Username cannot have more than ${longestName} characters.`);
  if (name.includes(":") || name.trim() !== name)
    throw invalid("Username cannot hold a colon, which ends it when signing in, nor begin or end with spaces.");
  const problem = passwordProblem(password);
  if (problem !== undefined) throw invalid(problem);
}

/** Whether a user may have this name. Others are not looked for. */
export const isUserName = (name: string): boolean =>
  name !== "" && !isLonger(name, longestName) && !name.includes("\0") && name.isWellFormed();
