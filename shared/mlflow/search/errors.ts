import { invalid } from "../../platform/errors.ts";
import { shown } from "../../platform/shown.ts";
import { repr, reprSet, reprTuple } from "../python-text.ts";

/** What is refused about filters, orders and page tokens of several searches, in MLflow's words. */
export const searchErrors = {
  unknownEntity: (name: string, known: readonly string[]) =>
    invalid(`Invalid entity type '${shown(name)}'. Valid entity types are ${reprTuple(known)}`),

  unknownAttribute: (key: string, known: readonly string[]) =>
    invalid(`Invalid attribute key '${shown(key)}' specified. Valid keys are '${reprSet(known)}'`),

  /** @param expected as `tag (e.g. 'my-value')` */
  notQuoted: (expected: string, found: string) =>
    invalid(`Expected a quoted string value for ${expected}. Got value ${shown(found)}`),

  /** @param expected as `metric` */
  notNumeric: (expected: string, found: string) =>
    invalid(`Expected numeric value type for ${expected}. Found ${shown(found)}`),

  invalidNumber: (key: string, written: string) =>
    invalid(`Invalid value for numeric attribute '${shown(key)}': ${shown(written)}`),

  /** @param close MLflow leaves the closing quote out in places */
  comparatorNotOneOf: (operator: string, allowed: readonly string[], close: "'" | "" = "'") =>
    invalid(`Invalid comparator '${shown(operator)}' not one of '${reprSet(allowed)}${close}`),

  comparatorOfAttribute: (operator: string) => invalid(`Invalid comparator for attribute: ${shown(operator)}`),

  comparatorOfTag: (operator: string) => invalid(`Invalid comparator for tag: ${shown(operator)}`),

  comparatorOfList: (operator: string) =>
    invalid(`Invalid comparator '${shown(operator)}' for a list of values. Use 'IN' or 'NOT IN'.`),

  nulInFilter: () => invalid("Filter string must not contain NUL characters."),

  tokenNotParsed: (parsed: unknown) => invalid(`Invalid page token, parsed value=${shown(repr(parsed))}`),

  invalidToken: (token: string) => invalid(`Invalid page token: ${shown(token)}.`),
};
