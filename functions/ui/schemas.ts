import { message, required, text } from "../../shared/platform/http/fields.ts";

export const StaticFile = message({ path: required(text()) });
