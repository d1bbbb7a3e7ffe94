import { bytes, int64, list, message, required, text } from "../../shared/platform/http/fields.ts";

export const ListArtifacts = message({ path: text() });

export const OneArtifact = message({ artifact_path: required(text()) });

export const CreateMultipartUpload = message({
  artifact_path: required(text()),
  path: required(text()),
  num_parts: int64(),
});

const Part = message({ part_number: int64(), etag: text(), url: text() });

export const CompleteMultipartUpload = message({
  artifact_path: required(text()),
  path: required(text()),
  upload_id: text(),
  // Only this app knows these two; MLflow's clients leave them out.
  size: int64(),
  content_md5: bytes(16),
  parts: list(Part).refine((parts) => parts.length > 0, "missing"),
});

export const AbortMultipartUpload = message({
  artifact_path: required(text()),
  path: required(text()),
  upload_id: text(),
});
