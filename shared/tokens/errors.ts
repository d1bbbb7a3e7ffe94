import { invalid, MlflowError } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";
import { longestName, mostTokens } from "./rules.ts";

export const tokenErrors = {
  notFound: (id: number) => new MlflowError("RESOURCE_DOES_NOT_EXIST", `There is no API token ${id} of yours.`),
  nameTaken: (name: string) =>
    new MlflowError("RESOURCE_ALREADY_EXISTS", `There is an API token ${shown(name)} of yours already.`),
  tooMany: () =>
    new MlflowError("RESOURCE_EXHAUSTED", `Nobody can have more than ${mostTokens} API tokens. Revoke one first.`),
  badName: () =>
    invalid(`An API token needs a name of 1 to ${longestName} characters, none of them a control character.`),
  badLife: (most: number) => invalid(`An API token lasts 1 to ${most} days, as MLFLOW_FUNCTIONS_TOKEN_MAX_DAYS says.`),
  noRole: (name: string) => invalid(`There is no role ${shown(name)} that the token's owner has.`),
  noOwner: (name: string) =>
    new MlflowError(
      "RESOURCE_DOES_NOT_EXIST",
      `There is no user or principal ${shown(name)} that can own an API token.`,
    ),
  byToken: () =>
    new MlflowError("PERMISSION_DENIED", "An API token can't make or revoke API tokens. Sign in by another way."),
  expired: () => new MlflowError("UNAUTHENTICATED", "The API token has expired.", refused),
  revoked: () => new MlflowError("UNAUTHENTICATED", "The API token was revoked.", refused),
  lostRole: (who: string) =>
    new MlflowError("PERMISSION_DENIED", "The API token is narrowed to a role that its owner has no longer.", { who }),
};

const refused = { headers: { "www-authenticate": 'Bearer error="invalid_token"' }, refusesSignIn: true } as const;
