/**
 * A text as a part of a row's key, which may hold neither / \ # ? nor control characters: what is no ASCII letter,
 * digit, dot, dash or underscore becomes `=` and the two hexadecimal digits of each of its UTF-8 bytes. Different texts
 * have different keys.
 */
export const encodeKey = (text: string): string =>
  text.replace(/[^\w.-]/gu, (char) =>
    Array.from(Buffer.from(char), (byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
