import { isSafeNumber, parse } from "lossless-json";
import type { Saved } from "./request.ts";

/** What is known of one server's ids: each value it gave to the name it was saved under. */
export class Names {
  readonly #ids = new Map<string, string>();
  readonly #experiments = new Map<string, string>([["0", "0"]]);

  add(name: string, path: string, value: string): void {
    if (/experiment_id$/.test(path)) this.#experiments.set(value, `<${name}>`);
    else if (/^(?:m-|d-)?[0-9a-f]{32}$/.test(value)) this.#ids.set(value, `<${name}>`);
  }

  experiment = (id: string) => this.#experiments.get(id) ?? id;
  id = (id: string) => this.#ids.get(id) ?? "<id>";
}

const randomId = /(?:m-|d-)?[0-9a-f]{32}\b/g;
const generatedName = /^[a-z]+-[a-z]+-\d{1,4}$/;
const proxiedRoot = /\b(mlflow-artifacts:\/+)(\d+)(?=\/|$)/g;
// A path below the artifacts destination, as messages quote it.
const proxiedPath = /'(\d+)(?=\/)/g;
const address = /\b0x[0-9a-f]{6,}\b/g;
// Stock adds the text of its database driver's error to some messages; a client can make nothing of it.
const driverText = /(?: Error: )?\((?:psycopg2?\.|raised as a result of Query-invoked autoflush)[\s\S]*$/;
/** What is left of a message that is nothing but such text. */
export const onlyDriverText = "<the driver's error>";
// A set in Python prints in an order of its own in every process.
const pythonSet = /[{[]('[^{}[\]]*')[}\]]/g;
const sortMembers = (_: string, members: string) => `{${members.split(", ").sort().join(", ")}}`;
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
const milliseconds = /\b\d{13}\b/g;
const hour = 3_600_000;

const isNow = (value: number) => Math.abs(value - Date.now()) < hour;

/**
 * Stock does not order these lists: they come as the database, or a set in Python, gives them. Both sides are sorted
 * before they are compared. Everything else has to come in stock's order.
 */
const unordered = new Set([
  ...["tags", "params", "aliases", "model_inputs", "model_outputs", "latest_versions", "assessments"],
  // Of a trace in version 2.
  "request_metadata",
  // Of a run and of a logged model. The metrics of a history are in order, and not below `data`.
  "data.metrics",
]);

/** An answer's JSON. Whole numbers stay exact; a bare NaN or infinity, which is not JSON, becomes a marked string. */
export function parseAnswer(text: string): unknown {
  return parse(text.replace(bareNumber, markBare), undefined, (digits) =>
    /^-?\d+$/.test(digits) && !isSafeNumber(digits) ? BigInt(digits) : Number(digits),
  );
}

const bareNumber = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;
const markBare = (token: string) => (token.startsWith('"') ? token : `"<bare ${token}>"`);

/** Puts names in place of what differs from server to server: ids, the clock, page tokens, generated names. */
export function mask(value: unknown, names: Names, used: Saved, path = ""): unknown {
  const key = path.slice(path.lastIndexOf(".") + 1);
  if (typeof value === "string") return maskText(value, key, names, used);
  if (typeof value === "number") return isNow(value) ? "<now, a number>" : value;
  if (Array.isArray(value)) {
    const items = value.map((item) => mask(item, names, used, key));
    if (unordered.has(key) || unordered.has(path.split(".").slice(-2).join("."))) return sortBy(items, sortKey);
    return key === "metrics" ? sortBy(items, runOf) : items;
  }
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, mask(member, names, used, path ? `${path}.${name}` : name)]),
  );
}

const sortKey = (item: unknown) => JSON.stringify(item, (_, value) => (typeof value === "bigint" ? `${value}` : value));

// Histories of several runs come in the order of the runs' random ids.
const runOf = (metric: unknown) => String((metric as { run_id?: unknown }).run_id);

const sortBy = (items: unknown[], keyOf: (item: unknown) => string) =>
  items.sort((a, b) => (keyOf(a) === keyOf(b) ? 0 : keyOf(a) < keyOf(b) ? -1 : 1));

/** Sorts a list that is without an order in answers to one route only. */
export function sortMember(body: unknown, key: string): unknown {
  const list = (body as Record<string, unknown> | null)?.[key];
  return Array.isArray(list) ? { ...(body as object), [key]: sortBy([...list], sortKey) } : body;
}

/** The same for text. `used` are the saved values that the request itself named. */
export function maskText(text: string, key: string, names: Names, used: Saved): string {
  if (key === "next_page_token") return "<token>";
  if (key === "experiment_id" || key === "experiment_ids") return names.experiment(text);
  if (generatedName.test(text)) return "<generated name>";
  if (dateTime.test(text) && isNow(Date.parse(text))) return "<now, a date>";
  let masked = text
    .replace(driverText, (_, at: number) => (at === 0 ? onlyDriverText : ""))
    .replace(pythonSet, sortMembers)
    .replace(randomId, names.id)
    .replace(proxiedRoot, (_, scheme: string, id: string) => scheme + names.experiment(id))
    .replace(address, "<address>")
    .replace(milliseconds, (digits) => (isNow(Number(digits)) ? "<now>" : digits));
  if (key === "message") masked = masked.replace(proxiedPath, (_, id: string) => `'${names.experiment(id)}`);
  // Only a message may hold an experiment's id among other words; any other number in it is left alone.
  if (key === "message")
    for (const id of used.values())
      if (/^\d+$/.test(id)) masked = masked.replace(new RegExp(`\\b${id}\\b`, "g"), names.experiment(id));
  return masked;
}
