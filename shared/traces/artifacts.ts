/** The artifacts of traces: spans that do not lie in the database, and attachments. */
import { deleteArtifacts } from "../artifacts/delete.ts";
import { placeOrNone } from "../artifacts/roots.ts";
import type { ArtifactRoot } from "../platform/azure/address.ts";
import type { Context } from "../platform/http/route.ts";
import { causeOf } from "../platform/once-a-minute.ts";
import type { DeletedTrace } from "./delete.ts";

const atOnce = 16;
/** In milliseconds, below what a request may take. */
const timeLimit = 100_000;

/**
 * Deletes the artifacts of traces whose rows are gone. What can't be deleted, or not in time, stays and is in the log:
 * the traces are deleted all the same. A folder that is not of the trace alone is left alone.
 */
export async function deleteTraceArtifacts(
  { blobs, config, caller }: Pick<Context, "blobs" | "config" | "caller">,
  traces: readonly DeletedTrace[],
): Promise<void> {
  const folders = traces.flatMap(({ id, artifacts, archive }) =>
    [artifacts, archive].flatMap((uri) => ownFolder(uri, id, (location) => placeOrNone(location, config))),
  );
  const end = performance.now() + timeLimit;
  const left = folders.values();
  const failed: unknown[] = [];
  let skipped = 0;
  const worker = async () => {
    for (const folder of left) {
      if (performance.now() > end) skipped++;
      else await deleteArtifacts(blobs, { ...folder, prefix: "" }, folder.prefix).catch((error) => failed.push(error));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  if (failed.length > 0) caller.warn(`Artifacts of ${failed.length} deleted traces are left: ${causeOf(failed[0])}`);
  if (skipped > 0) caller.warn(`Artifacts of ${skipped} deleted traces are left, since deleting took too long.`);
}

/** The folder of a trace, named by its id, with what MLflow keeps beside its artifacts. */
function ownFolder(uri: string | null, id: string, place: (uri: string) => ArtifactRoot | undefined): ArtifactRoot[] {
  const found = uri === null ? undefined : place(uri);
  if (!found) return [];
  const folder = found.prefix.replace(/\/artifacts$/, "");
  return folder.endsWith(`/traces/${id}`) ? [{ ...found, prefix: folder }] : [];
}
