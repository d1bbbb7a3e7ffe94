import { message } from "../../shared/http/fields.ts";

/** A route that takes nothing. */
export const Nothing = message({});
