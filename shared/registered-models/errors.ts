import { missing } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

export const modelNotFound = (name: string) => missing(`Registered Model with name=${shown(name)} not found`);
