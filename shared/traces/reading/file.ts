/** The file in which the spans of a trace lie that are not in the database: its client uploads it. */
import { artifactIn } from "../../artifacts/artifact.ts";
import { type FoundFile, findFile } from "../../artifacts/find.ts";
import { readFile } from "../../artifacts/transfer.ts";
import { invalid, MlflowError } from "../../platform/errors.ts";
import type { Context } from "../../platform/http/route.ts";
import { spansOfFile } from "./span-text.ts";
import type { StoredTrace } from "./store.ts";

type Asked = Pick<Context, "blobs" | "config">;

export const spansFile = "traces.json";

/**
 * The file of a trace's spans; undefined where it was not uploaded.
 * @throws MlflowError where it lies in no place that this app reads
 */
export async function findSpans({ blobs, config }: Asked, { artifacts }: StoredTrace): Promise<FoundFile | undefined> {
  if (artifacts === null) return undefined;
  try {
    return await findFile(blobs, artifactIn({ uri: artifacts }, spansFile, config));
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
  if (!file) return undefined;
  const limit = asked.config.MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT;
  if (file.size > limit) throw tooLarge(trace.id, file.size, limit);
  const content = new TextDecoder().decode(await readFile(asked.blobs, file, file.size));
  try {
    return spansOfFile(content);
  } catch (cause) {
    throw new MlflowError("DATA_LOSS", `The file '${file.shown}' holds no spans.`, { cause });
  }
}

const tooLarge = (id: string, bytes: number, limit: number) =>
  invalid(
    `The spans of trace '${id}' lie in a file of ${bytes} bytes, and this server reads at most ${limit}. ` +
      "Raise its MLFLOW_FUNCTIONS_PROXIED_UPLOAD_LIMIT.",
  );
