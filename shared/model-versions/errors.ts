import { missing } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

export const versionNotFound = (name: string, version: string) =>
  missing(`Model Version (name=${shown(name)}, version=${shown(version)}) not found`);
