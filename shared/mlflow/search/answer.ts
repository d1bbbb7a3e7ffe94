import { JsonParts } from "../../platform/http/reply.ts";
import { encodePageToken } from "./page-token.ts";

/**
 * The JSON text of one page of a search. `entities` is the JSON array Postgres built, null for none; `nextOffset` is
 * where the next page starts, absent on the last one. MLflow leaves out what is empty.
 */
export const searchAnswer = (name: string, entities: string | null, nextOffset: number | undefined): string =>
  pageAnswer(name, entities, nextOffset === undefined ? undefined : encodePageToken(nextOffset));

/** The same with a given token. */
export function pageAnswer(name: string, entities: string | null, nextPageToken: string | undefined): string {
  const token = tokenMember(nextPageToken);
  // Not by `join`, which would copy a large page.
  return entities === null ? `{${token}}` : `{"${name}":${entities}${token && `,${token}`}}`;
}

/** The same of entities that are large together: each the JSON text of one, or of several with a comma between. */
export function largeAnswer(name: string, entities: readonly string[], nextPageToken?: string): JsonParts {
  const token = tokenMember(nextPageToken);
  if (entities.length === 0) return new JsonParts([`{${token}}`]);
  const listed = entities.flatMap((entity, index) => (index === 0 ? [entity] : [",", entity]));
  return new JsonParts([`{"${name}":[`, ...listed, `]${token && `,${token}`}}`]);
}

const tokenMember = (token: string | undefined) =>
  token === undefined ? "" : `"next_page_token":${JSON.stringify(token)}`;
