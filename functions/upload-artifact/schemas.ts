import { message, text } from "../../shared/http/fields.ts";

export const UploadArtifact = message({ run_id: text(), run_uuid: text(), path: text() });
