import { message } from "../../shared/platform/http/fields.ts";

/** A route that takes nothing. */
export const Nothing = message({});
