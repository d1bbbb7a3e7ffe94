import { message, required, text } from "../../shared/http/fields.ts";

export const GetArtifact = message({ run_id: text(), run_uuid: text(), path: required(text()) });
