import type { InvocationContext } from "@azure/functions";
import { dropGrantsBefore } from "../../shared/artifacts/grants.ts";
import { ownedBlob } from "../../shared/artifacts/owner.ts";
import { dropUpload, markEnded, type RecordedUpload, uploadsBefore } from "../../shared/artifacts/uploads.ts";
import { dropAuditBefore } from "../../shared/platform/audit/log.ts";
import type { Tables } from "../../shared/platform/azure/tables.ts";
import type { AppContext } from "../../shared/platform/context.ts";

const day = 24 * 3600 * 1000;
/** A day longer than Azure keeps the blocks of what was not committed. */
const daysInLedger = 8;
const atOnce = 16;

const daysAgo = (days: number) => new Date(Date.now() - days * day);

/**
 * Keeps the tables small: closes uploads that are open after a day, drops those of more than a week, and grants and
 * audit events past their retention. Any number of instances may do it at once, and what one leaves undone the next
 * one does.
 * @throws whatever the tables answer, for the host's log
 */
export async function cleanUp(app: AppContext, invocation: InvocationContext): Promise<void> {
  const opened = await app.tables.open();
  if (!opened) return;
  let [open, closed, dropped] = [0, 0, 0];
  const givenUp = daysAgo(1);
  for await (const page of uploadsBefore(opened, new Date(), "open")) {
    const late = page.filter(({ created }) => created < givenUp);
    await inTurns(late, async (upload) =>
      close(app, opened, upload).catch((error: unknown) =>
        invocation.warn(`The upload ${upload.token} stays open: ${error instanceof Error ? error.message : error}`),
      ),
    );
    open += page.length - late.length;
    closed += late.length;
  }
  if (app.telemetry) app.telemetry.openUploads = open;
  for await (const page of uploadsBefore(opened, daysAgo(daysInLedger))) {
    await inTurns(page, (upload) => dropUpload(opened, upload));
    dropped += page.length;
  }
  const { MLFLOW_FUNCTIONS_GRANT_RETENTION_DAYS: ofGrants, MLFLOW_FUNCTIONS_AUDIT_RETENTION_DAYS: ofAudit } =
    app.config;
  const grants = await dropGrantsBefore(opened, daysAgo(ofGrants));
  const audit = await dropAuditBefore(opened, daysAgo(ofAudit));
  invocation.info(
    `Uploads open: ${open}, closed: ${closed}, dropped from the ledger: ${dropped}. ` +
      `Months dropped: ${grants} of grants, ${audit} of the audit log.`,
  );
}

/**
 * An app that was killed may have committed a file without noting it. A row that has changed belongs to another caller.
 */
async function close({ blobs }: AppContext, opened: Tables, { token, blob, etag }: RecordedUpload): Promise<void> {
  const found = await blobs.run(blob.root, (signal) => ownedBlob(blobs, blob, signal));
  await markEnded(opened, token, found?.owner === token ? "completed" : "expired", etag);
}

async function inTurns(uploads: RecordedUpload[], work: (upload: RecordedUpload) => Promise<void>): Promise<void> {
  const left = uploads[Symbol.iterator]();
  const worker = async () => {
    for (const upload of left) await work(upload);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
