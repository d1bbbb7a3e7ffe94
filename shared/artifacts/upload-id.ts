import { randomBytes } from "node:crypto";
import { invalid } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

/** Azure's limit of blocks in a blob. */
export const maxParts = 50_000;

/** An upload's name: 12 random characters that its block ids carry too, and its number of parts. */
export interface UploadId {
  token: string;
  parts: number;
  /** Began while the ledger was unavailable, so it may have no row there. */
  unrecorded?: true;
}

const uploadIdForm = /^([\w-]{12})\.(\d{1,5})(\.u)?$/;

export const newUploadId = (parts: number): UploadId => ({ token: randomBytes(9).toString("base64url"), parts });

export const formatUploadId = ({ token, parts, unrecorded }: UploadId): string =>
  `${token}.${parts}${unrecorded ? ".u" : ""}`;

export const neverIssued = (text: string | undefined) =>
  invalid(`This server issued no upload '${shown(text ?? "")}'.`);

/**
 * @throws MlflowError INVALID_PARAMETER_VALUE for what this server never issued
 */
export function parseUploadId(text: string | undefined): UploadId {
  const [, token, digits, unrecorded] = uploadIdForm.exec(text ?? "") ?? [];
  const parts = Number(digits);
  if (!token || !(parts >= 1 && parts <= maxParts)) throw neverIssued(text);
  return { token, parts, ...(unrecorded && { unrecorded: true }) };
}

/**
 * The base64 block id of one part. 18 bytes, as long as stock's: Azure refuses blocks whose ids differ in length from
 * those that an upload by a stock server left on the same blob.
 */
export const blockId = ({ token }: UploadId, part: number): string =>
  Buffer.from(`${token}_${String(part).padStart(5, "0")}`).toString("base64");

/**
 * The part that a block id is of.
 * @returns undefined where the block is not of this upload
 */
export function partOf({ token, parts }: UploadId, id: string): number | undefined {
  const [, owner, digits] = /^(.{12})_(\d{5})$/.exec(Buffer.from(id, "base64").toString("latin1")) ?? [];
  const part = Number(digits);
  return owner === token && part >= 1 && part <= parts ? part : undefined;
}
