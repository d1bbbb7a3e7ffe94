/** MLflow's rules for traces (mlflow/store/tracking/sqlalchemy_store.py, mlflow/server/handlers.py). */
import { requestErrors } from "../mlflow/errors.ts";
import { checkLength, isLonger, type KeyValue } from "../mlflow/rules.ts";
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
