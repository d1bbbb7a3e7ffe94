import { group, read } from "../../shared/http/route.ts";
import { getArtifact } from "./get.ts";
import { GetArtifact } from "./schemas.ts";

/** A model version's file for the page. */
export default group(
  "model-versions-get-artifact",
  [read("GET /model-versions/get-artifact", GetArtifact, getArtifact)],
  { template: "model-versions/get-artifact" },
);
