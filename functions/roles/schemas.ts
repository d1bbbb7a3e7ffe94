import { int32, message, required, text, texts } from "../../shared/platform/http/fields.ts";

export const CreateRole = message({ name: text(), workspace: text(), description: text() });

const role = { role_id: required(int32()) };

export const RoleById = message(role);

export const ListRoles = message({ workspace: texts() });

export const UpdateRole = message({ ...role, name: text(), description: text() });

export const AddPermission = message({
  ...role,
  resource_type: required(text()),
  resource_pattern: required(text()),
  permission: required(text()),
});

export const PermissionById = message({ role_permission_id: required(int32()) });

export const UpdatePermission = message({ role_permission_id: required(int32()), permission: required(text()) });

export const Assignment = message({ ...role, username: required(text()) });
