import { flag, message, required, text } from "../../shared/platform/http/fields.ts";

export const CreateUser = message({ username: text(), password: text() });

export const UserByName = message({ username: required(text()) });

export const Nothing = message({});

export const UpdatePassword = message({
  username: required(text()),
  password: required(text()),
  current_password: text(),
});

export const UpdateAdmin = message({ username: required(text()), is_admin: flag() });

const resource = { username: required(text()), resource_type: required(text()), resource_id: required(text()) };

export const OnResource = message(resource);

export const GrantPermission = message({ ...resource, permission: required(text()) });
