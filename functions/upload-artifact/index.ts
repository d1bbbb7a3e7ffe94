import { group, read } from "../../shared/http/route.ts";
import { UploadArtifact } from "./schemas.ts";
import { uploadArtifact } from "./upload.ts";

/** The page's own uploads into a run. */
export default group("upload-artifact", [
  read("POST 2.0/mlflow/upload-artifact", UploadArtifact, uploadArtifact, { only: "ajax-api", binary: true }),
]);
