/**
 * The usual input, read without zod: it takes microseconds a field, and a batch has thousands. zod still reads what is
 * unusual, and says what is wrong.
 */
import type * as z from "zod";

/** What is answered for a value that is not taken. */
export const refused = Symbol("refused");

/** Answers what zod would, or `refused` for whatever zod has to look at. */
export type Quick<T> = (given: unknown) => T | typeof refused;

/** Undefined where a schema has no such way. */
export const quickOf = <T extends z.ZodType>(schema: T): Quick<z.output<T>> | undefined =>
  "quick" in schema ? (schema.quick as Quick<z.output<T>>) : undefined;

/** The schema with a quick way. */
export const withQuick = <T extends z.ZodType>(schema: T, quick: Quick<unknown> | undefined): T =>
  quick ? Object.assign(schema, { quick }) : schema;

/** The schema with what `change` makes of its output. */
export function changed<T extends z.ZodType, Out>(schema: T, change: (output: z.output<T>) => Out) {
  const quick = quickOf(schema);
  const changedQuick: Quick<Out> = (given) => {
    const value = quick?.(given) ?? refused;
    return value === refused ? refused : change(value as z.output<T>);
  };
  return withQuick(schema.transform(change), quick && changedQuick);
}

/** The output where the value is usual, else what zod says. */
export function parsedBy<T extends z.ZodType>(schema: T, given: unknown): z.ZodSafeParseResult<z.output<T>> {
  const data = quickOf(schema)?.(given) ?? refused;
  return data === refused ? schema.safeParse(given) : { success: true, data: data as z.output<T> };
}

/** A list of such items, itself where none of them is read as another; absent and null are the empty list. */
export const quickList = (item: Quick<unknown> | undefined): Quick<unknown[]> | undefined =>
  item &&
  ((given) => {
    if (given === undefined || given === null) return [];
    if (!Array.isArray(given)) return refused;
    let items: unknown[] = given;
    for (let index = 0; index < given.length; index++) {
      const read = item(given[index]);
      if (read === refused) return refused;
      if (read === given[index]) continue;
      if (items === given) items = [...given];
      items[index] = read;
    }
    return items;
  });

/**
 * An object of these fields and no others, in their own spelling; undefined where a field has no quick way. As in zod's
 * output, a field without a value is there where the input has it. It is the input itself where no field is read as
 * another value: most of what is sent, and a batch has thousands.
 */
export function quickMessage(shape: z.ZodRawShape): Quick<unknown> | undefined {
  const fields = new Map<string, { read: Quick<unknown>; mayBeAbsent: boolean }>();
  for (const [name, field] of Object.entries(shape)) {
    const read = quickOf(field as z.ZodType);
    if (!read) return undefined;
    fields.set(name, { read, mayBeAbsent: read(undefined) === undefined });
  }
  const looked = [...fields].filter(([, { mayBeAbsent }]) => !mayBeAbsent);
  return (given) => {
    if (!isObject(given)) return refused;
    let message = given;
    let absent = looked.length;
    for (const name in given) {
      const field = fields.get(name);
      if (!field) return refused;
      const value = field.read(given[name]);
      if (value === refused) return refused;
      if (!field.mayBeAbsent) absent--;
      if (value === given[name]) continue;
      if (message === given) message = { ...given };
      message[name] = value;
    }
    if (absent === 0) return message;
    for (const [name, { read }] of looked) {
      if (name in given) continue;
      const value = read(undefined);
      if (value === refused) return refused;
      if (message === given) message = { ...given };
      message[name] = value;
    }
    return message;
  };
}

const isObject = (given: unknown): given is Record<string, unknown> =>
  given !== null && typeof given === "object" && !Array.isArray(given);
