import { MlflowError, missing } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

const exists = (message: string) => new MlflowError("RESOURCE_ALREADY_EXISTS", message);

export const roleErrors = {
  notFound: (id: number) => missing(`Role with id=${id} not found`),
  exists: (name: string, workspace: string) =>
    exists(`Role (name=${shown(name)}, workspace=${shown(workspace)}) already exists.`),
  permissionNotFound: (id: number) => missing(`Role permission with id=${id} not found`),
  permissionExists: (roleId: number, type: string, pattern: string) =>
    exists(
      `Role permission (role_id=${roleId}, resource_type=${type}, resource_pattern=${shown(pattern)}) already exists.`,
    ),
  assigned: (user: string, roleId: number) =>
    exists(`User role assignment (username=${shown(user)}, role_id=${roleId}) already exists`),
  notAssigned: (user: string, roleId: number) =>
    missing(`User role assignment (username=${shown(user)}, role_id=${roleId}) not found`),
};
