import { message, required, text } from "../../shared/http/fields.ts";

export const GetArtifact = message({ name: text(), version: text(), path: required(text()), presigned: text() });
