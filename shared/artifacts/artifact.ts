/** The artifact that a request names. It is resolved to a blob once, and then read, signed or written. */
import type { ArtifactRoot, BlobAddress } from "../platform/azure/address.ts";
import type { Config } from "../platform/config.ts";
import { artifactsDestination, blobAt, resolveRoot, shownPath } from "./roots.ts";

/** The run or logged model that artifacts belong to, as far as it is known. */
interface Owner {
  run?: string;
  model?: string;
}

/** Where the artifacts of a run, a logged model or a model version lie, as the database has it. */
export interface StoredLocation extends Owner {
  uri: string;
}

/** One artifact, resolved: a blob inside the allowed roots, and whose it is. */
export interface Artifact extends BlobAddress, Owner {
  /** How errors name it. */
  shown: string;
}

/**
 * The artifact at a path below a stored location.
 * @param path a path that `artifactPath` has passed
 * @throws MlflowError as resolveRoot and blobAt
 */
export function artifactIn({ uri, run, model }: StoredLocation, path: string, config: Config): Artifact {
  return resolved(resolveRoot(uri, config), path, shownPath(uri, path), { run, model });
}

/**
 * The artifact at a path below the artifacts destination.
 * @param path a path that `artifactPath` has passed
 * @throws MlflowError as artifactsDestination and blobAt
 */
export const artifactInDestination = (path: string, config: Config): Artifact =>
  resolved(artifactsDestination(config), path, path, {});

function resolved(root: ArtifactRoot, path: string, shown: string, owner: Owner): Artifact {
  const blob = blobAt(root, path);
  return { ...blob, shown, ...(owner.run || owner.model ? owner : ownerOf(blob.name)) };
}

/**
 * The run or logged model that MLflow keeps at such a name: `<experiment>/<run>/artifacts/...`,
 * `<experiment>/models/<model>/artifacts/...`.
 */
export function ownerOf(name: string): Owner {
  const [, run, model] = owned.exec(name) ?? [];
  return run ? { run } : model ? { model } : {};
}

const owned = /^.*?(?<![^/])[^/]+\/(?:([0-9a-f]{32})|models\/(m-[0-9a-f]{32}))\/artifacts\//s;

/** The artifact folder of the run or logged model that MLflow keeps at such a name, with a slash at its end. */
export const ownedFolder = (name: string): string | undefined => owned.exec(name)?.[0];
