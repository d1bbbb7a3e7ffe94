import { invalid, type MlflowError } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

/** What is refused about artifacts and their locations. */
export const artifactErrors = {
  /** @param why it is refused, as the rest of the sentence: `lies in ...` */
  location: (uri: string, why: string): MlflowError => invalid(`The artifact location '${shown(uri)}' ${why}`),

  locationLeavesItself: (uri: string): MlflowError => artifactErrors.location(uri, "has a path that leaves itself."),
};
