/**
 * zod fields that take what MLflow's server takes: ProtoJSON scalars (an int64 as number or digits, a double as number
 * or "NaN"), null as absent, names in snake_case or camelCase, unknown members ignored. Issues carry MLflow's words.
 */
import * as z from "zod";
import { shownJson } from "../shown.ts";
import { parsedBy, type Quick, quickList, quickMessage, quickOf, refused, withQuick } from "./quick.ts";

/** The values of one query parameter: a scalar field takes the first, a repeated field all. */
export class QueryValues extends Array<string> {}

type Convert<T> = (value: unknown, fromQuery: boolean) => T | typeof refused;

/**
 * A scalar that may be absent. It keeps its conversion, so that `required` is one step and not three: a batch has
 * thousands.
 */
export function field<T>(convert: Convert<T>) {
  const schema = z
    .unknown()
    .optional()
    .transform((given, context): T | undefined => {
      const value = scalar(given);
      if (value === undefined || value === null) return undefined;
      return converted(convert, given, context);
    });
  const quick: Quick<T | undefined> = (given) => {
    const value = scalar(given);
    return value === undefined || value === null ? undefined : convert(value, given instanceof QueryValues);
  };
  return withQuick(Object.assign(schema, { convert }), quick);
}

type Field<T> = ReturnType<typeof field<T>>;

const scalar = (given: unknown) => (given instanceof QueryValues ? given[0] : given);

function converted<T>(convert: Convert<T>, given: unknown, context: z.RefinementCtx): T {
  const value = convert(scalar(given), given instanceof QueryValues);
  if (value !== refused) return value;
  context.addIssue({ code: "custom", message: "invalid" });
  return z.NEVER;
}

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

// Further digits could only be leading zeros; a BigInt of many digits takes long.
const maxDigits = 400;

function toInt64(value: unknown): number | bigint | typeof refused {
  if (typeof value === "number") return Number.isInteger(value) ? inRange(value) : refused;
  if (typeof value === "bigint") return inRange(value);
  if (typeof value !== "string" || value.length > maxDigits || !/^[+-]?\d+$/.test(value)) return refused;
  const number = Number(value);
  return inRange(Number.isSafeInteger(number) ? number : BigInt(value));
}

// Comparing a number with a bigint takes ten times as long.
const inRange = (value: number | bigint) =>
  Number.isSafeInteger(value) || (value >= int64Min && value <= int64Max) ? value : refused;

function toInt32(value: unknown): number | typeof refused {
  const number = toInt64(value);
  return typeof number === "number" && number >= -2147483648 && number <= 2147483647 ? number : refused;
}

function toDouble(value: unknown): number | typeof refused {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "string") return refused;
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  return /^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i.test(value) ? Number(value) : refused;
}

function toFlag(value: unknown, fromQuery: boolean): boolean | typeof refused {
  if (typeof value === "boolean") return value;
  if (fromQuery && typeof value === "string" && /^(true|false)$/i.test(value)) return value.toLowerCase() === "true";
  return refused;
}

/** A string. */
export const text = () => field((value) => (isText(value) ? value : refused));

/** A lone surrogate has no UTF-8 form, so it can't be stored as it is. */
export const isText = (value: unknown): value is string => typeof value === "string" && value.isWellFormed();
/** So many bytes, in base64. */
export const bytes = (length: number) =>
  field((value) => {
    const found = Buffer.from(isText(value) ? value : "", "base64");
    return found.length === length && found.toString("base64") === value ? new Uint8Array(found) : refused;
  });
/** A 64-bit integer: a number where it is exact, else a bigint. */
export const int64 = () => field(toInt64);
/** A 32-bit integer. */
export const int32 = () => field(toInt32);
/** A double, NaN and infinities included. */
export const double = () => field(toDouble);
export const flag = () => field(toFlag);

/** A protobuf enum: by name or by number, answered by name. `values` maps each name to its number. */
export const enumeration = <const T extends Record<string, number>>(values: T) =>
  field((value): keyof T | typeof refused => {
    if (typeof value === "string" && Object.hasOwn(values, value)) return value;
    const number = toInt32(value);
    const found = Object.entries(values).find(([, candidate]) => candidate === number);
    return found ? found[0] : refused;
  });

/** A number of at most `limit`. */
export function atMost(limit: number, inner: z.ZodType<number | undefined>) {
  const schema = inner.transform((value, context): number | undefined => {
    if (value === undefined || value <= limit) return value;
    context.addIssue({ code: "custom", message: "invalid" });
    return z.NEVER;
  });
  const quickInner = quickOf(inner);
  const quick: Quick<number | undefined> = (given) => {
    const value = quickInner?.(given);
    return typeof value === "number" && value > limit ? refused : value;
  };
  return withQuick(schema, quickInner && quick);
}

/** A field that must be there, and not be the empty string. */
export function required<T>({ convert }: Field<T>) {
  const schema = z
    .unknown()
    .optional()
    .transform((given, context): T => {
      const value = scalar(given);
      if (value !== undefined && value !== null && value !== "") return converted(convert, given, context);
      context.addIssue({ code: "custom", message: "missing" });
      return z.NEVER;
    });
  const quick: Quick<T> = (given) => {
    const value = scalar(given);
    if (value === undefined || value === null || value === "") return refused;
    return convert(value, given instanceof QueryValues);
  };
  return withQuick(schema, quick);
}

/** A repeated field: absent and null are the empty list. Parsing stops at the first wrong item. */
export function list<T extends z.ZodType>(item: T) {
  const schema = z
    .unknown()
    .optional()
    .pipe(Object.assign(z.transform(itemsOf(item)), { item }));
  return withQuick(schema, quickList(quickOf(item)));
}

const itemsOf =
  <T extends z.ZodType>(item: T) =>
  (given: unknown, context: z.RefinementCtx): z.output<T>[] => {
    const items: z.output<T>[] = [];
    const refuse = (issue: Issue, path: PropertyKey[]) => {
      context.addIssue({ code: "custom", message: "invalid", ...asCustom(issue), path });
      return z.NEVER;
    };
    if (!Array.isArray(given ?? [])) return refuse(undefined, []);
    for (const [index, each] of ((given ?? []) as unknown[]).entries()) {
      const parsed = parsedBy(item, each);
      if (!parsed.success) {
        const issue = parsed.error.issues[0]!;
        return refuse(issue, [index, ...issue.path]);
      }
      items.push(parsed.data);
    }
    return items;
  };

type Issue = z.core.$ZodIssue | undefined;

/** What `describeIssue` needs of an issue. */
const asCustom = (issue: Issue) =>
  issue?.code === "custom" ? { message: issue.message, ...(issue.params && { params: issue.params }) } : {};

/** A repeated string. */
export function texts() {
  const read: Quick<string[]> = (given) => {
    const values = given ?? [];
    return Array.isArray(values) && values.every(isText) ? [...values] : refused;
  };
  const schema = z
    .unknown()
    .optional()
    .transform((given, context): string[] => {
      const values = read(given);
      if (values !== refused) return values;
      context.addIssue({ code: "custom", message: "invalid" });
      return z.NEVER;
    });
  return withQuick(schema, read);
}

/** A list or message that must be there, empty or not. */
export function requiredMember<T extends z.ZodType>(inner: T) {
  const schema = z.preprocess((value, context) => {
    if (value === undefined || value === null) context.addIssue({ code: "custom", message: "missing" });
    return value;
  }, inner);
  const quick = quickOf(inner);
  return withQuick(schema, quick && ((given) => (given === undefined || given === null ? refused : quick(given))));
}

const toSnakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** An object with these fields. */
export function message<Shape extends z.ZodRawShape>(shape: Shape) {
  const rename = (value: unknown, context: z.RefinementCtx) => {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
    const camel = Object.keys(value).filter((name) => /[A-Z]/.test(name) && Object.hasOwn(shape, toSnakeCase(name)));
    if (camel.length === 0) return value;
    const renamed: Record<string, unknown> = { ...value };
    for (const name of camel) {
      if (toSnakeCase(name) in value)
        context.addIssue({ code: "custom", message: "twice", params: { names: [toSnakeCase(name), name] } });
      renamed[toSnakeCase(name)] = renamed[name];
    }
    return renamed;
  };
  return withQuick(z.preprocess(rename, z.object(shape)), quickMessage(shape));
}

/** An optional nested object. */
export function nested<T extends z.ZodType>(inner: T) {
  const schema = z.preprocess((value) => (value === null ? undefined : value), inner.optional());
  const quick = quickOf(inner);
  return withQuick(schema, quick && ((given) => (given === undefined || given === null ? undefined : quick(given))));
}

const pythonType = (value: unknown): string => {
  if (value === null || value === undefined) return "NoneType";
  if (Array.isArray(value)) return "list";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "str";
  if (typeof value === "bigint" || Number.isInteger(value)) return "int";
  return typeof value === "number" ? "float" : "dict";
};

/** What MLflow says after what is wrong with a parameter. */
export const parameterHint = " See the API docs for more information about request parameters.";

export const missingParameter = (name: string) => `Missing value for required parameter '${name}'.`;

/** The first issue in MLflow's words (mlflow/server/handlers.py, _validate_param_against_schema). */
export function describeIssue(error: z.ZodError, input: unknown): string {
  const issue = error.issues[0]!;
  const name = issue.path.reduce<string>(
    (path, part) => (typeof part === "number" ? `${path}[${part}]` : path ? `${path}.${String(part)}` : String(part)),
    "",
  );
  if (issue.code === "custom" && issue.message === "missing") return missingParameter(name) + parameterHint;
  if (issue.code === "custom" && issue.message === "twice") {
    const [snake, camel] = issue.params?.names ?? [];
    return `Request specifies both '${snake}' and '${camel}'; provide only one of them.`;
  }
  if (issue.code === "custom" && issue.message !== "invalid") return issue.message;
  const found = issue.path.reduce<unknown>(
    (at, part) => (at as Record<PropertyKey, unknown> | undefined)?.[part],
    input,
  );
  const value = found instanceof QueryValues ? found[0] : found;
  return `Invalid value ${shownJson(value)} for parameter '${name}' supplied:  Hint: Value was of type '${pythonType(value)}'.${parameterHint}`;
}
