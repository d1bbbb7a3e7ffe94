import type { SignInMode } from "../platform/config.ts";
import { MlflowError } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

/** The refusal of who has not signed in, with the ways to do so. @param refusesSignIn where they tried */
export function unauthenticated(modes: readonly SignInMode[], refusesSignIn?: true): MlflowError {
  const challenges = [
    ...(modes.includes("basic") ? ['Basic realm="mlflow", charset="UTF-8"'] : []),
    ...(modes.includes("entra") ? ["Bearer"] : []),
  ];
  return new MlflowError("UNAUTHENTICATED", `You are not signed in. ${waysOf(modes)}`, {
    headers: challenges.length > 0 ? { "www-authenticate": challenges.join(", ") } : {},
    refusesSignIn,
  });
}

const waysOf = (modes: readonly SignInMode[]) =>
  modes.includes("basic")
    ? "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, and check them if they are set."
    : "Set MLFLOW_TRACKING_TOKEN to a valid token of Microsoft Entra ID.";

/** The refusal of a further attempt. */
export const tooManyAttempts = (seconds: number): MlflowError =>
  new MlflowError("REQUEST_LIMIT_EXCEEDED", `Too many failed attempts to sign in. Try again in ${seconds} s.`, {
    headers: { "retry-after": String(seconds) },
    refusesSignIn: true,
  });

/** What a user's own role grants, others who have it would be granted too. */
export const sharedOwnRole = ({ id, name }: { id: number; name: string }): MlflowError =>
  new MlflowError(
    "TEMPORARILY_UNAVAILABLE",
    `The role __user_${id}__ is what is granted to the user ${shown(name)} alone, and others have it too. Take it from them, or rename it.`,
    { forOperator: true },
  );
