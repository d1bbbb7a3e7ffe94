/** The file in which the spans of a trace lie that are not in the database: its client uploads it. */
import { artifactIn } from "../../artifacts/artifact.ts";
import { type FoundFile, findFile } from "../../artifacts/find.ts";
import { readFile } from "../../artifacts/transfer.ts";
import { invalid, MlflowError } from "../../platform/errors.ts";
import type { Context } from "../../platform/http/route.ts";
import { traceErrors } from "../errors.ts";
import { mostSpanBytes } from "../rules.ts";
import { spansOfFile } from "./span-text.ts";
import type { StoredTrace } from "./store.ts";

type Asked = Pick<Context, "blobs" | "config"> & { room?: Room };

/** How many bytes the files of one request may still have. */
export interface Room {
  left: number;
}

export const spansFile = "traces.json";

/**
 * The file of a trace's spans; undefined where it was not uploaded.
 * @throws MlflowError where it lies in no place that this app reads
 */
export const findSpans = (asked: Asked, { artifacts }: StoredTrace): Promise<FoundFile | undefined> =>
  found(asked, artifacts, spansFile);

/** Where a stock server's archive has the spans. */
const archiveFile = "traces.pb";

async function found({ blobs, config }: Asked, uri: string | null, path: string): Promise<FoundFile | undefined> {
  if (uri === null) return undefined;
  try {
    return await findFile(blobs, artifactIn({ uri }, path, config));
  } catch (error) {
    if (error instanceof MlflowError && error.code === "RESOURCE_DOES_NOT_EXIST") return undefined;
    throw error;
  }
}

/**
 * The JSON texts of the spans in a trace's file; undefined where it was not uploaded.
 * @throws MlflowError INVALID_PARAMETER_VALUE for a file too large to be read here, DATA_LOSS for one that is broken
 */
export async function readSpans(asked: Asked, trace: StoredTrace): Promise<string[] | undefined> {
  const file = await findSpans(asked, trace);
  return file && contentOf(asked, file, trace.id, (bytes) => spansOfFile(new TextDecoder().decode(bytes)));
}

/**
 * The spans of an archived trace as the database had them, the roots first, then by their start; none where the archive
 * has lost them (mlflow/tracing/otel/otel_archival.py).
 * @throws MlflowError as readSpans
 */
export async function readArchive(asked: Asked, trace: StoredTrace): Promise<string[]> {
  const file = await found(asked, trace.archive, archiveFile);
  if (!file) return [];
  const { archivedSpans } = await import("./archive.ts");
  return contentOf(asked, file, trace.id, (bytes) => archivedSpans(bytes).map(({ content }) => content));
}

async function contentOf<T>(asked: Asked, file: FoundFile, id: string, read: (bytes: Uint8Array) => T): Promise<T> {
  const limit = asked.config.MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT;
  if (file.size > limit) throw tooLarge(id, file.size, limit);
  if (asked.room) take(asked.room, file.size);
  const bytes = await readFile(asked.blobs, file, file.size);
  try {
    return read(bytes);
  } catch (cause) {
    throw new MlflowError("DATA_LOSS", `The file '${file.shown}' holds no spans.`, { cause });
  }
}

function take(room: Room, bytes: number): void {
  room.left -= bytes;
  if (room.left < 0) throw traceErrors.tooMuchAsked(mostSpanBytes, mostSpanBytes - room.left);
}

const tooLarge = (id: string, bytes: number, limit: number) =>
  invalid(
    `The spans of trace '${id}' lie in a file of ${bytes} bytes, and this server reads at most ${limit}. ` +
      "Raise its MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT.",
  );
