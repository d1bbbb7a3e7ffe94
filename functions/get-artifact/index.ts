import { group, read } from "../../shared/http/route.ts";
import { getArtifact } from "./get.ts";
import { GetArtifact } from "./schemas.ts";

/** A run's file for the page. */
export default group("get-artifact", [read("GET /get-artifact", GetArtifact, getArtifact)], {
  template: "get-artifact",
});
