/** The upload ledger: a row for each direct upload, from `create` to its end. */

import type { TableEntityResult } from "@azure/data-tables";
import type { BlobAddress } from "../platform/azure/address.ts";
import { isMissing } from "../platform/azure/storage-errors.ts";
import { encodeKey } from "../platform/azure/table-keys.ts";
import { insertRow, type Tables } from "../platform/azure/tables.ts";
import type { Context } from "../platform/http/route.ts";

/** How an upload ended; the timer sets `expired`. */
export type UploadEnd = "completed" | "aborted" | "expired";

interface UploadRow {
  account: string;
  suffix: string;
  container: string;
  blob: string;
  parts: number;
  who: string;
  address?: string;
  request: string;
  created: Date;
  state: "open" | UploadEnd;
  ended?: Date;
}

type StoredRow = TableEntityResult<UploadRow>;

/** An upload as the ledger has it. */
export interface RecordedUpload {
  token: string;
  parts: number;
  blob: BlobAddress;
  state: UploadRow["state"];
  created: Date;
  /** The etag of the row as read. */
  etag: string;
}

/** What the ledger is reached by, and who is recorded in it. */
type Recording = Pick<Context, "tables" | "caller">;

const rowKey = "upload";
const ledger = ({ table }: Tables) => table("uploads");

/** @returns whether the ledger has the upload now */
export async function recordUpload(
  { tables, caller }: Recording,
  { token, parts }: { token: string; parts: number },
  { root, name }: BlobAddress,
): Promise<boolean> {
  const row: UploadRow = {
    account: root.account,
    suffix: root.suffix,
    container: root.container,
    blob: name,
    parts,
    who: caller.who,
    address: caller.address,
    request: caller.requestId,
    created: new Date(),
    state: "open",
  };
  const key = { partitionKey: encodeKey(token), rowKey };
  const done = await tables.attempt(async (opened, signal) => {
    await insertRow(ledger(opened), { ...key, ...row }, signal);
    return true;
  }, caller.warn);
  return done !== undefined;
}

/** @returns undefined where the ledger is away, and a null value where it has no such upload */
export function findUpload(
  { tables, caller }: Recording,
  token: string,
): Promise<{ value: RecordedUpload | null } | undefined> {
  return tables.attempt(async (opened, abortSignal) => {
    try {
      return recorded(await ledger(opened).getEntity<UploadRow>(encodeKey(token), rowKey, { abortSignal }));
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }, caller.warn);
}

const recorded = (row: StoredRow): RecordedUpload => ({
  token: row.partitionKey!,
  parts: row.parts,
  blob: {
    root: { account: row.account, suffix: row.suffix, container: row.container, prefix: "" },
    name: row.blob,
  },
  state: row.state,
  created: row.created,
  etag: row.etag,
});

/**
 * Notes how an upload ended.
 * @param ifStill the row's etag where it must not have changed since
 * @returns false where it had changed; true also where the ledger is away or has no such upload
 */
export async function endUpload({ tables, caller }: Recording, token: string, end: UploadEnd, ifStill?: string) {
  const done = await tables.attempt((opened, signal) => markEnded(opened, token, end, ifStill, signal), caller.warn);
  return done?.value ?? true;
}

/** The same without a time limit, for the timer. */
export async function markEnded(
  tables: Tables,
  token: string,
  state: UploadEnd,
  etag = "*",
  abortSignal?: AbortSignal,
): Promise<boolean> {
  const change = { partitionKey: encodeKey(token), rowKey, state, ended: new Date() };
  try {
    await ledger(tables).updateEntity(change, "Merge", { etag, abortSignal });
    return true;
  } catch (error) {
    if (isMissing(error)) return true;
    if ((error as { statusCode?: number }).statusCode === 412) return false;
    throw error;
  }
}

const pageSize = 1_000;

/** The uploads that were begun before a time, in pages; `state` narrows them. */
export async function* uploadsBefore(
  tables: Tables,
  before: Date,
  state?: UploadRow["state"],
): AsyncGenerator<RecordedUpload[]> {
  const begun = `created lt datetime'${before.toISOString()}'`;
  const filter = state ? `state eq '${state}' and ${begun}` : begun;
  try {
    const pages = ledger(tables)
      .listEntities<UploadRow>({ queryOptions: { filter } })
      .byPage({ maxPageSize: pageSize });
    for await (const page of pages) yield page.map(recorded);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Takes an upload out of the ledger. */
export async function dropUpload(tables: Tables, { token }: RecordedUpload): Promise<void> {
  try {
    await ledger(tables).deleteEntity(encodeKey(token), rowKey);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
