import { MlflowError } from "../errors.ts";
import { shown } from "../shown.ts";
import type { Request } from "./request.ts";

/** The refusal of a path that nothing is served at. */
export const unknownPath = ({ method, url }: Request): MlflowError =>
  new MlflowError("ENDPOINT_NOT_FOUND", `Nothing is served at ${method} ${shown(url.pathname)}`);
