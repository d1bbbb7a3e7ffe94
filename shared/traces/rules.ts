/** MLflow's rules for traces (mlflow/store/tracking/sqlalchemy_store.py, mlflow/server/handlers.py). */
import { requestErrors } from "../mlflow/errors.ts";
import { checkKey, checkLength, cutToLength, isLonger, type KeyValue, maxKey } from "../mlflow/rules.ts";
import type { Config } from "../platform/config.ts";
import { traceErrors } from "./errors.ts";
import { archivalFailureTag, archiveLocationTag, artifactLocationTag, spansLocationTag, traceNameTag } from "./keys.ts";

/** By their names in the protocol, with their numbers. */
export const traceStates = { STATE_UNSPECIFIED: 0, OK: 1, ERROR: 2, IN_PROGRESS: 3 } as const;
export const traceStatuses = { TRACE_STATUS_UNSPECIFIED: 0, OK: 1, ERROR: 2, IN_PROGRESS: 3 } as const;

export type TraceState = keyof typeof traceStates;
export type TraceStatus = keyof typeof traceStatuses;

const reserved = new Set([artifactLocationTag, spansLocationTag, archiveLocationTag, archivalFailureTag]);

/** Tags without those that only the server sets. Clients send back what they were answered. */
export const withoutReserved = (tags: readonly KeyValue[]): KeyValue[] => tags.filter(({ key }) => !reserved.has(key));

/**
 * A tag that a client sets, its value cut to 8,000 characters.
 * @throws INVALID_PARAMETER_VALUE for one that only the server sets
 */
export function checkTag({ key, value }: KeyValue, config: Config): KeyValue {
  if (reserved.has(key)) throw traceErrors.reservedTag(key, "set");
  checkKey(key, "key");
  checkLength("key", maxKey, key);
  if (key === traceNameTag) checkLength("Trace name", 4096, value);
  return { key, value: cutToLength("value", 8000, value, config) };
}

/** The mark of a failure to archive may be deleted, so that it is tried again. */
export function checkTagToDelete(key: string): void {
  if (reserved.has(key) && key !== archivalFailureTag) throw traceErrors.reservedTag(key, "deleted");
}

/** MLflow's client asks for ten traces with their spans at once, and for all that it was asked for without them. */
const mostWithSpans = 1_000;
const mostInfos = 10_000;

export const checkAskedSpans = (ids: readonly string[]): void => checkAsked(ids, mostWithSpans);
export const checkAskedInfos = (ids: readonly string[]): void => checkAsked(ids, mostInfos);

function checkAsked(ids: readonly string[], most: number): void {
  if (ids.length > most) throw traceErrors.tooManyAsked(most, ids.length);
}

/** Bytes of an answer's spans as they are stored: the app holds them, what it makes of them, and the host's copies. */
export const mostSpanBytes = 128 * 2 ** 20;
/** Bytes of the JSON of traces without their spans. */
export const mostInfoBytes = 64 * 2 ** 20;

const mostLinks = 100;

/** What a link has room for is less than an id may have. */
export const checkLinkable = (name: string, id: string): void => checkFits(name, 36, id);

export function checkLinks(traceIds: readonly string[], runId: string): void {
  if (traceIds.length > mostLinks) throw traceErrors.tooManyLinks(mostLinks, traceIds.length);
  for (const id of traceIds) checkLinkable("trace_ids", id);
  checkLinkable("run_id", runId);
}

/** The id of a new trace is a folder's name and a part of a URI. */
export function checkNewTraceId(id: string): void {
  if (id === "" || /[ .]$/.test(id) || id.includes("/"))
    throw requestErrors.invalidValue("trace_id", id, "must be a single path component");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused.
  if (/[%?#\x00-\x1f\x7f]/.test(id))
    throw requestErrors.invalidValue("trace_id", id, "must not contain '%', '?', '#' or control characters");
  checkFits("trace_id", 50, id);
}

/** @throws BAD_REQUEST for a text that its column can't hold */
export function checkFits(name: string, limit: number, value: string | undefined): void {
  if (value !== undefined && isLonger(value, limit)) throw traceErrors.tooLong(name, limit);
}

/** Tags or metadata, each of which has to fit into its row. */
export function checkEntries(name: string, entries: readonly KeyValue[]): void {
  for (const { key, value } of entries) {
    checkFits(`${name}.key`, 250, key);
    checkFits(`${name}.value`, 8000, value);
  }
}

/** A trace's name, which clients give as a tag, apart from its other tags. */
export function splitName(tags: readonly KeyValue[]): { name: string | undefined; others: KeyValue[] } {
  const name = tags.findLast(({ key }) => key === traceNameTag)?.value;
  if (name !== undefined) checkLength("Trace name", 4096, name);
  return { name, others: tags.filter(({ key }) => key !== traceNameTag) };
}

/** Postgres stores no NUL. */
export const withoutNul = (preview: string | undefined): string | undefined => preview?.replaceAll("\0", "\ufffd");
