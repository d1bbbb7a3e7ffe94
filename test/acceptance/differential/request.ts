/** One recorded request. `$name` anywhere in it stands for a value saved from an earlier answer of the same group. */
export interface Recorded {
  /** Unique in the list; explained differences refer to it. */
  name: string;
  method: string;
  path: string;
  query?: Query;
  /** Sent as JSON, or as it is when made by `raw`. */
  body?: unknown;
  /** Null leaves out a header that would be sent by itself. */
  headers?: Record<string, string | null>;
  /** Name to the dotted path of the value in the answer. */
  save?: Record<string, string>;
}

/** Values saved from one server's answers, by name. */
export type Saved = Map<string, string>;

/** Parameters, or the query string as it is. */
export type Query = string | Record<string, string | number | readonly (string | number)[]>;

type More = Pick<Recorded, "headers" | "save">;

/** A body that is sent as it is. */
export class Raw {
  constructor(readonly content: string | Buffer) {}
}

export const raw = (content: string | Buffer) => new Raw(content);

/** Shorthands for requests under one prefix whose names start with `group`. */
export function requestsOf(group: string, prefix: string) {
  const named = (name: string) => `${group}: ${name}`;
  const withBody =
    (method: string) =>
    (name: string, path: string, body?: unknown, more: More = {}): Recorded => ({
      name: named(name),
      method,
      path: prefix + path,
      body,
      ...more,
    });
  return {
    get: (name: string, path: string, query?: Query, more: More = {}): Recorded => ({
      name: named(name),
      method: "GET",
      path: prefix + path,
      query,
      ...more,
    }),
    post: withBody("POST"),
    put: withBody("PUT"),
    patch: withBody("PATCH"),
    remove: withBody("DELETE"),
    /** Any method; the path is taken as it is. */
    any: (name: string, method: string, path: string, rest: Partial<Recorded> = {}): Recorded => ({
      name: named(name),
      method,
      path,
      ...rest,
    }),
  };
}

/** The same request with each of these values, named by the value. */
export function each<T>(values: readonly T[], make: (value: T, name: string) => Recorded): Recorded[] {
  const plain = values.every((value) => typeof value === "string");
  return values.map((value) => make(value, shorten(plain ? String(value) : (JSON.stringify(value) ?? "nothing"))));
}

const shorten = (text: string) => (text.length > 160 ? `${text.slice(0, 150)}... (${text.length} characters)` : text);
