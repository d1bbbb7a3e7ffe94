/**
 * The end of a direct upload: `complete` and `abort`. Both work from the upload's id alone while the ledger is away.
 */

import type { Block, BlockBlobClient } from "@azure/storage-blob";
import type { BlobAddress } from "../platform/azure/address.ts";
import type { BlobStorage } from "../platform/azure/blobs.ts";
import { isMissing, isStorageCode } from "../platform/azure/storage-errors.ts";
import { invalid, MlflowError } from "../platform/errors.ts";
import type { Context } from "../platform/http/route.ts";
import { contentType } from "./content.ts";
import { type OwnedBlob, ownedBlob, ownerKey } from "./owner.ts";
import { blockId, neverIssued, parseUploadId, partOf, type UploadId } from "./upload-id.ts";
import { endUpload, findUpload, type RecordedUpload } from "./uploads.ts";

/** A part as `complete` names it. */
interface UploadedPart {
  part_number?: number;
  url?: string;
}

/** What the client states about its file; each member may be absent. */
export interface ExpectedContent {
  /** In bytes. */
  size?: number;
  md5?: Uint8Array;
}

const conflict = (message: string) => new MlflowError("RESOURCE_CONFLICT", message);

/**
 * Commits the uploaded parts as the file; can be repeated. A file of one part is already in place when its client has
 * written it, so for that file the checks here decide only the answer.
 * @throws MlflowError INVALID_PARAMETER_VALUE where parts are missing, doubled or of another upload, where the upload
 * was given up, is of another file or was never issued, or where the content is not the expected one; RESOURCE_CONFLICT
 * where another upload of the same file won
 */
export async function completeUpload(
  { blobs, ...recording }: Pick<Context, "blobs" | "tables" | "caller">,
  blob: BlobAddress,
  uploadId: string | undefined,
  parts: UploadedPart[],
  expected: ExpectedContent,
): Promise<void> {
  const id = parseUploadId(uploadId);
  checkEveryPart(id, parts);
  await blobs.run(blob.root, async (signal) => {
    const [found, current] = await Promise.all([findUpload(recording, id.token), ownedBlob(blobs, blob, signal)]);
    const isCommitted = id.parts > 1 && current?.owner === id.token;
    if (found) refuseUnknown(id, blob, found.value, isCommitted);
    if (!isCommitted) refuseEnded(id, found?.value?.state);
    if (id.parts === 1 || isCommitted) checkContent(checkOwner(id, current), expected);
    else await commit(blobs, id, blob, current, expected, signal);
    if (found?.value?.state === "open") await endUpload(recording, id.token, "completed");
  });
}

function checkEveryPart(id: UploadId, parts: UploadedPart[]): void {
  const numbers = new Set(parts.map((part) => partNumber(id, part)));
  if (numbers.size !== parts.length) throw invalid("The same part is given twice.");
  if (numbers.size !== id.parts) throw invalid(`The upload has ${id.parts} parts and ${numbers.size} are given.`);
}

/** A part's number, which its URL must agree with. */
function partNumber(id: UploadId, { part_number: number, url }: UploadedPart): number {
  if (number === undefined || number < 1 || number > id.parts)
    throw invalid(`Part ${number ?? "without a number"} is none of the upload's ${id.parts} parts.`);
  const block = url && URL.canParse(url) ? new URL(url).searchParams.get("blockid") : null;
  if (block !== null && partOf(id, block) !== number)
    throw invalid(`The URL of part ${number} belongs to another part.`);
  return number;
}

/**
 * Refuses an upload that contradicts its row in the ledger. An upload that began while the ledger was unavailable, or
 * ended long ago, has no row.
 */
function refuseUnknown(id: UploadId, blob: BlobAddress, found: RecordedUpload | null, isCommitted: boolean): void {
  if (!found && (id.unrecorded || isCommitted)) return;
  if (found?.parts !== id.parts) throw neverIssued(shownId(id));
  if (!isSameBlob(found.blob, blob)) throw invalid(`The upload '${shownId(id)}' is of another file.`);
}

function refuseEnded(id: UploadId, state: RecordedUpload["state"] | undefined): void {
  const upload = `The upload '${shownId(id)}'`;
  if (state === "aborted") throw invalid(`${upload} was aborted. Begin a new one.`);
  if (state === "expired")
    throw invalid(`${upload} was closed, since it was not completed within a day. Begin a new one.`);
}

const shownId = ({ token, parts }: UploadId) => `${token}.${parts}`;

const isSameBlob = (one: BlobAddress, other: BlobAddress) =>
  one.name === other.name &&
  one.root.account === other.root.account &&
  one.root.suffix === other.root.suffix &&
  one.root.container === other.root.container;

function checkContent({ size, md5 }: OwnedBlob, expected: ExpectedContent): void {
  if (expected.size !== undefined) checkSize(size, expected.size);
  if (expected.md5 && md5 && !Buffer.from(md5).equals(expected.md5))
    throw invalid("The uploaded file has another MD5 than the one given.");
}

function checkSize(size: number, expected: number): void {
  if (size !== expected) throw invalid(`The uploaded file has ${size} bytes, and its size is given as ${expected}.`);
}

const maxTries = 5;

async function commit(
  blobs: BlobStorage,
  id: UploadId,
  blob: BlobAddress,
  current: OwnedBlob | undefined,
  expected: ExpectedContent,
  signal: AbortSignal,
): Promise<void> {
  let before = current;
  for (let attempt = 1; ; attempt++) {
    const outcome = await tryCommit(blobs, id, blob, before, expected, signal);
    if (outcome === "committed") return;
    before = await ownedBlob(blobs, blob, signal);
    if (before?.owner === id.token) return;
    if (outcome === "missing") throw notUploaded(before, "at least one of its parts was not uploaded");
    if (attempt === maxTries) throw conflict("The upload cannot be completed: others keep writing the same file.");
  }
}

/**
 * Commits over a blob that is still as it was, so that a repeated `complete` that comes late never drops the blocks
 * that another upload of the same file has under way.
 */
async function tryCommit(
  blobs: BlobStorage,
  id: UploadId,
  blob: BlobAddress,
  before: OwnedBlob | undefined,
  { size, md5 }: ExpectedContent,
  abortSignal: AbortSignal,
): Promise<"committed" | "changed" | "missing"> {
  const client = (await blobs.container(blob.root)).getBlockBlobClient(blob.name);
  const blocks = Array.from({ length: id.parts }, (_, index) => blockId(id, index + 1));
  if (size !== undefined) {
    const uploaded = await uncommittedBytes(client, blocks, abortSignal);
    if (uploaded === undefined) return "missing";
    checkSize(uploaded, size);
  }
  try {
    await client.commitBlockList(blocks, {
      conditions: before ? { ifMatch: before.etag } : { ifNoneMatch: "*" },
      blobHTTPHeaders: { blobContentType: await contentType(blob.name), blobContentMD5: md5 },
      metadata: { [ownerKey]: id.token },
      abortSignal,
    });
    return "committed";
  } catch (error) {
    if (isStorageCode(error, "InvalidBlockList")) return "missing";
    if (isStorageCode(error, "ConditionNotMet") || isStorageCode(error, "BlobAlreadyExists")) return "changed";
    throw error;
  }
}

/** @returns undefined where one of the blocks is not there */
async function uncommittedBytes(
  client: BlockBlobClient,
  blocks: string[],
  abortSignal: AbortSignal,
): Promise<number | undefined> {
  const sizes = new Map((await uncommitted(client, abortSignal)).map(({ name, size }) => [name, size]));
  if (!blocks.every((name) => sizes.has(name))) return undefined;
  return blocks.reduce((sum, name) => sum + sizes.get(name)!, 0);
}

async function uncommitted(client: BlockBlobClient, abortSignal: AbortSignal): Promise<Block[]> {
  try {
    return (await client.getBlockList("uncommitted", { abortSignal })).uncommittedBlocks ?? [];
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** The blob, where it is this upload's file. */
function checkOwner(id: UploadId, current: OwnedBlob | undefined): OwnedBlob {
  if (current?.owner === id.token) return current;
  throw notUploaded(current, "its part was not uploaded");
}

const notUploaded = (current: OwnedBlob | undefined, why: string) =>
  current
    ? conflict(`The upload cannot be completed: ${why}, or another upload of the same file was completed after it.`)
    : invalid(`The upload cannot be completed: ${why}.`);

/**
 * Aborts an upload. Azure drops uncommitted blocks after a week; a committed file is never touched.
 * @throws MlflowError INVALID_PARAMETER_VALUE for what this server never issued, was aborted or is of another file;
 * RESOURCE_CONFLICT for what is completed
 */
export async function abortUpload(
  { blobs, ...recording }: Pick<Context, "blobs" | "tables" | "caller">,
  blob: BlobAddress,
  uploadId: string | undefined,
): Promise<void> {
  const id = parseUploadId(uploadId);
  const [found, current] = await blobs.run(blob.root, (signal) =>
    Promise.all([findUpload(recording, id.token), id.parts > 1 ? ownedBlob(blobs, blob, signal) : undefined]),
  );
  const isCommitted = current?.owner === id.token;
  if (found) refuseUnknown(id, blob, found.value, isCommitted);
  if (isCommitted || found?.value?.state === "completed")
    throw conflict(`The upload '${shownId(id)}' is completed: its file stays as it is.`);
  refuseEnded(id, found?.value?.state);
  const isOurs = !found?.value || (await endUpload(recording, id.token, "aborted", found.value.etag));
  if (!isOurs) throw conflict(`The upload '${shownId(id)}' was completed or aborted at the same moment.`);
}
