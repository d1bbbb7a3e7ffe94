/** A page of JSON texts, of which each row has one. */
export const pageOf = (rows: readonly object[]): string =>
  `[${rows
    .map((row) => Object.values(row)[0])
    .filter(Boolean)
    .join(",")}]`;
