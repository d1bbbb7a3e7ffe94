import { message, required, text } from "../../shared/http/fields.ts";

export const StaticFile = message({ path: required(text()) });
