import { encodePageToken } from "./page-token.ts";

/**
 * The JSON text of one page of a search. `entities` is the JSON array Postgres built, null for none; `nextOffset` is
 * where the next page starts, absent on the last one. MLflow leaves out what is empty.
 */
export function searchAnswer(name: string, entities: string | null, nextOffset: number | undefined): string {
  const members = [
    ...(entities === null ? [] : [`"${name}":${entities}`]),
    ...(nextOffset === undefined ? [] : [`"next_page_token":${JSON.stringify(encodePageToken(nextOffset))}`]),
  ];
  return `{${members.join(",")}}`;
}
