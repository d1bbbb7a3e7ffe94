import type { InvocationContext } from "@azure/functions";
import { dropGrantsBefore } from "../../shared/artifacts/grants.ts";
import { ownedBlob } from "../../shared/artifacts/owner.ts";
import { dropUpload, markEnded, type RecordedUpload, uploadsBefore } from "../../shared/artifacts/uploads.ts";
import { onStorage } from "../../shared/platform/azure/storage-errors.ts";
import { type Tables, tables } from "../../shared/platform/azure/tables.ts";
import type { Config } from "../../shared/platform/config.ts";

const day = 24 * 3600 * 1000;
/** A day longer than Azure keeps the blocks of what was not committed. */
const daysInLedger = 8;
const atOnce = 16;

const daysAgo = (days: number) => new Date(Date.now() - days * day);

/**
 * Keeps the tables small: closes uploads that are open after a day, drops those of more than a week, and grants past
 * their retention. Any number of instances may do it at once, and what one leaves undone the next one does.
 * @throws whatever the tables answer, for the host's log
 */
export async function cleanUp(context: InvocationContext, config: Config): Promise<void> {
  const opened = await tables();
  if (!opened) return;
  let [closed, dropped] = [0, 0];
  for await (const page of uploadsBefore(opened, daysAgo(1), "open")) {
    await inTurns(page, (upload) => close(opened, upload, context));
    closed += page.length;
  }
  for await (const page of uploadsBefore(opened, daysAgo(daysInLedger))) {
    await inTurns(page, (upload) => dropUpload(opened, upload));
    dropped += page.length;
  }
  const months = await dropGrantsBefore(opened, daysAgo(config.MLFLOW_FUNCTIONS_GRANT_RETENTION_DAYS));
  context.info(`Uploads closed: ${closed}, dropped from the ledger: ${dropped}. Months of grants dropped: ${months}.`);
}

/**
 * An app that was killed may have committed a file without noting it. A row that has changed belongs to another caller.
 */
async function close(opened: Tables, { token, blob, etag }: RecordedUpload, context: InvocationContext): Promise<void> {
  try {
    const isThere = (await onStorage(blob.root, (signal) => ownedBlob(blob, signal)))?.owner === token;
    await markEnded(opened, token, isThere ? "completed" : "expired", etag);
  } catch (error) {
    context.warn(`The upload ${token} stays open: ${error instanceof Error ? error.message : error}`);
  }
}

async function inTurns(uploads: RecordedUpload[], work: (upload: RecordedUpload) => Promise<void>): Promise<void> {
  const left = uploads[Symbol.iterator]();
  const worker = async () => {
    for (const upload of left) await work(upload);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
