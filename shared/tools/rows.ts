/** How commands print rows. Clients choose what is in them, so control characters are not printed as they are. */

/** A column: its title, and what a row has in it. */
export type Column<Row> = [title: string, value: (row: Row) => string | undefined];

/** Rows whose widths are found out before the first is printed, so that a long list is never held as a whole. */
const measured = 1_000;

/** Characters that move a terminal's cursor, or turn the direction of a text. */
const unprintable = /[\p{Cc}\p{Bidi_C}\u2028\u2029]/gu;

const cell = (value: string | undefined) => value?.replace(unprintable, "?") || "-";

/**
 * Prints rows in columns, under their titles; nothing where there are none.
 * @returns how many
 */
export async function printTable<Row>(columns: Column<Row>[], rows: AsyncIterable<Row>): Promise<number> {
  const widths = columns.map(() => 0);
  let waiting = [columns.map(([title]) => title)];
  let count = 0;
  const printWaiting = () => {
    for (const cells of waiting)
      cells.forEach((text, column) => {
        widths[column] = Math.max(widths[column]!, text.length);
      });
    for (const cells of waiting)
      console.log(
        cells
          .map((text, column) => text.padEnd(widths[column]!))
          .join("  ")
          .trimEnd(),
      );
    waiting = [];
  };
  for await (const row of rows) {
    waiting.push(columns.map(([, value]) => cell(value(row))));
    count += 1;
    if (waiting.length > measured) printWaiting();
  }
  if (count > 0) printWaiting();
  return count;
}

/** Prints an object as one line of JSON, with all control characters escaped. */
export const printJson = (row: object): void =>
  console.log(
    JSON.stringify(row).replace(unprintable, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );

/** The newest of many rows that come oldest first. */
export async function* newest<Row>(rows: AsyncIterable<Row>, most: number): AsyncGenerator<Row> {
  const kept: Row[] = [];
  let next = 0;
  for await (const row of rows) {
    kept[next] = row;
    next = (next + 1) % most;
  }
  yield* kept.slice(next);
  yield* kept.slice(0, next);
}
