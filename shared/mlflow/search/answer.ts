import { encodePageToken } from "./page-token.ts";

/**
 * The JSON text of one page of a search. `entities` is the JSON array Postgres built, null for none; `nextOffset` is
 * where the next page starts, absent on the last one. MLflow leaves out what is empty.
 */
export const searchAnswer = (name: string, entities: string | null, nextOffset: number | undefined): string =>
  pageAnswer(name, entities, nextOffset === undefined ? undefined : encodePageToken(nextOffset));

/** The same with a given token. */
export function pageAnswer(name: string, entities: string | null, nextPageToken: string | undefined): string {
  const members = [
    ...(entities === null ? [] : [`"${name}":${entities}`]),
    ...(nextPageToken === undefined ? [] : [`"next_page_token":${JSON.stringify(nextPageToken)}`]),
  ];
  return `{${members.join(",")}}`;
}
