import { MlflowError, missing } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

export const userErrors = {
  notFound: (name: string) => missing(`User with username=${shown(name)} not found`),
  exists: (name: string) =>
    new MlflowError("RESOURCE_ALREADY_EXISTS", `User (username=${shown(name)}) already exists.`),
  lastAdmin: () => new MlflowError("BAD_REQUEST", "The last admin can't be deleted or lose this role."),
  ownAccount: () => new MlflowError("BAD_REQUEST", "Nobody can delete their own account. Another admin can delete it."),
  grantExists: (type: string, id: string, name: string) =>
    new MlflowError(
      "RESOURCE_ALREADY_EXISTS",
      `Permission (resource_type=${type}, resource_id=${shown(id)}, username=${shown(name)}) already exists.`,
    ),
  grantNotFound: (type: string, id: string, name: string) =>
    missing(`Permission (resource_type=${type}, resource_id=${shown(id)}, username=${shown(name)}) not found.`),
};
