import type { Access, Resource } from "../platform/identity/access.ts";

/** Where nothing is granted on assessments, who may change the experiment may delete them. */
export const mayDeleteAssessments = (access: Access, experiment: Resource): boolean =>
  access.isGranted("assessment")
    ? access.may("delete", { type: "assessment", id: "*" })
    : access.may("update", experiment);
