/** Where things lie in Blob Storage. */

/** A folder in a container: where an experiment's, run's or model's artifacts lie. */
export interface ArtifactRoot {
  account: string;
  /** The cloud's storage suffix, such as `core.windows.net`. */
  suffix: string;
  container: string;
  /** Without slashes at its ends; empty for the whole container. */
  prefix: string;
}

/** One blob, inside an allowed root. */
export interface BlobAddress {
  root: ArtifactRoot;
  name: string;
}
