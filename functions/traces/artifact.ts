import type { z } from "zod";
import { attachment } from "../../shared/artifacts/content.ts";
import { artifactPath } from "../../shared/artifacts/paths.ts";
import { asAttachment, sendFile, sendStored } from "../../shared/artifacts/send.ts";
import { MlflowError } from "../../shared/platform/errors.ts";
import { Reply } from "../../shared/platform/http/reply.ts";
import type { Context } from "../../shared/platform/http/route.ts";
import { traceErrors } from "../../shared/traces/errors.ts";
import { findSpans, readArchive, spansFile } from "../../shared/traces/reading/file.ts";
import { artifactsOf, inArchive, inDatabase, readTrace } from "../../shared/traces/reading/store.ts";
import type { TraceArtifact } from "./schemas.ts";

/** An attachment of a trace, or else its spans as they are stored, as many as there are. */
export async function getTraceArtifact({ request_id: id, path }: z.output<typeof TraceArtifact>, context: Context) {
  if (!id) throw new MlflowError("BAD_REQUEST", 'Request must include the "request_id" query parameter.');
  return path ? sendAttachment(context, id, artifactPath(path)) : sendSpans(context, id);
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function sendAttachment(context: Context, id: string, path: string) {
  if (!uuid.test(path)) throw traceErrors.invalidAttachment(path);
  const uri = await artifactsOf(context.db, id);
  try {
    return await sendStored(context, { uri }, `attachments/${path}`, { presigned: false });
  } catch (error) {
    if (error instanceof MlflowError && error.code === "RESOURCE_DOES_NOT_EXIST") throw traceErrors.noAttachment(path);
    throw error;
  }
}

// Without it, clients take the text for Latin-1.
const json = { "content-type": "text/plain; charset=utf-8" };

async function sendSpans(context: Context, id: string): Promise<Reply> {
  const trace = await readTrace(context.db, id);
  if (!trace) throw traceErrors.absent(id);
  if (trace.location === inDatabase) return spansAsFile(trace.spans);
  if (trace.location === inArchive) return spansAsFile(await readArchive(context, trace));
  const file = await findSpans(context, trace);
  if (!file) throw traceErrors.noFile(spansFile);
  const sent = await sendFile(context, file, "page");
  return sent.status === 200 ? new Reply(200, { ...sent.headers, ...json }, sent.body) : sent;
}

function spansAsFile(contents: readonly string[]): Reply {
  const headers = { ...json, ...asAttachment, "content-disposition": attachment(spansFile) };
  return new Reply(200, headers, `{"spans":[${contents.join()}]}`);
}
