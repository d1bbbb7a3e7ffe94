/** zod fields of protobuf's maps and well-known types, as ProtoJSON writes them. */
import { field, isText } from "./fields.ts";
import { refused } from "./quick.ts";

/** A map of strings, as its entries. */
export const textMap = () =>
  field((value): { key: string; value: string }[] | typeof refused => {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return refused;
    const entries = Object.entries(value).map(([key, member]) => ({ key, value: member as string }));
    return entries.every((entry) => isText(entry.key) && isText(entry.value)) ? entries : refused;
  });

const time = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** A Timestamp (RFC 3339), in milliseconds; what is below them is cut off. */
export const timestamp = () =>
  field((value): number | typeof refused => {
    const [, whole, fraction = "", zone] = (isText(value) && time.exec(value)) || [];
    if (whole === undefined || !isDate(whole)) return refused;
    const millis = Date.parse(`${whole}${zone}`) + Number(fraction.padEnd(3, "0").slice(0, 3));
    return millis >= firstMillis && millis <= lastMillis ? millis : refused;
  });

/** Of the years 1 and 9999, which bound a Timestamp. */
const firstMillis = Date.parse("0001-01-01T00:00:00Z");
const lastMillis = Date.parse("9999-12-31T23:59:59.999Z");

/** `Date.parse` takes February 30 for March 2. */
const isDate = (whole: string) => {
  const millis = Date.parse(`${whole}Z`);
  return !Number.isNaN(millis) && new Date(millis).toISOString().startsWith(whole);
};

const span = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;
const maxSeconds = 315_576_000_000;

/** A Duration such as `1.5s`, in milliseconds; what is below them is cut off. */
export const duration = () =>
  field((value): number | typeof refused => {
    const [, sign, seconds, fraction = ""] = (isText(value) && span.exec(value)) || [];
    if (seconds === undefined || Number(seconds) > maxSeconds) return refused;
    const millis = Number(seconds) * 1000 + Number(fraction.padEnd(3, "0").slice(0, 3));
    return sign && millis > 0 ? -millis : millis;
  });

/** A Value: any JSON. Null is as good as absent. */
export const jsonValue = () => field((value): unknown => value);

// MLflow's longest message has 15 members.
const maxMask = 1000;

/** A FieldMask, as the names it has, in snake_case; MLflow's are of one level. */
export const fieldMask = () =>
  field((value): string[] | typeof refused => {
    if (!isText(value) || value.length > maxMask || value.includes("_")) return refused;
    return value.split(",").map((path) => path.trim().replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  });
