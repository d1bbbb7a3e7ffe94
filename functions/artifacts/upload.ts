import type { z } from "zod";
import { artifactIn } from "../../shared/artifacts/artifact.ts";
import { newArtifactPath } from "../../shared/artifacts/paths.ts";
import { runLocation } from "../../shared/artifacts/store.ts";
import { writeFile } from "../../shared/artifacts/transfer.ts";
import { invalid } from "../../shared/platform/errors.ts";
import { Reply } from "../../shared/platform/http/reply.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import type { UploadArtifact } from "./schemas.ts";

const maxBytes = 10 * 1024 * 1024;

export async function uploadArtifact(input: z.output<typeof UploadArtifact>, { db, request, config, blobs }: Context) {
  const runId = input.run_id || input.run_uuid;
  if (!runId) throw invalid("Request must specify run_id or run_uuid.");
  if (!input.path) throw invalid("Request must specify path.");
  const path = newArtifactPath(input.path);
  const content = await request.bytes();
  if (content.byteLength === 0) throw invalid("Request must specify data.");
  if (content.byteLength > maxBytes) throw invalid("Artifact size is too large. Max size is 10MB.");
  await writeFile(blobs, artifactIn(await runLocation(db, runId), path, config), content);
  return new Reply(200, { "content-type": "application/json" });
}
