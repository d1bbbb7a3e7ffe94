/** What an API token looks like: a prefix that scanners find, 178 random bits, and a checksum, as GitHub has them. */
import { createHash, randomInt } from "node:crypto";

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const prefix = "mlfn_";
const randomLength = 30;
const checksumLength = 6;
const form = new RegExp(`^${prefix}[0-9A-Za-z]{${randomLength + checksumLength}}$`);

/** A token that nobody has had before. */
export function newToken(): string {
  const random = Array.from({ length: randomLength }, () => digits[randomInt(digits.length)]).join("");
  return prefix + random + checksumOf(random);
}

/** Whether a text is an API token by its form and its checksum. No password looks like one by chance. */
export const isToken = (text: string): boolean =>
  form.test(text) && checksumOf(text.slice(prefix.length, -checksumLength)) === text.slice(-checksumLength);

/** Whether a text begins like an API token, cut or mistyped as it may be. */
export const isTokenLike = (text: string): boolean => text.startsWith(prefix);

/** SHA-256: a slow hash protects what can be guessed, and a token can't be. */
export const hashOf = (token: string): Buffer => createHash("sha256").update(token).digest();

/** CRC-32 in six digits of base 62. */
function checksumOf(text: string): string {
  let left = crc32(Buffer.from(text));
  let written = "";
  for (let place = 0; place < checksumLength; place++) {
    written = digits[left % digits.length] + written;
    left = Math.floor(left / digits.length);
  }
  return written;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

export const longestName = 100;
/** How many tokens someone may have at a time. */
export const mostTokens = 50;
