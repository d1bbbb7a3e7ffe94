import { message } from "../../shared/platform/http/fields.ts";

/** All of it is in headers and in a body that is no JSON of MLflow's. */
export const ExportTraces = message({});
