import { invalid } from "../../platform/errors.ts";
import { shown } from "../../platform/shown.ts";
import { repr, reprSet, reprTuple } from "../python-text.ts";

/** What is refused about filters, orders and page tokens of several searches, in MLflow's words. */
export const searchErrors = {
  unknownEntity: (name: string, known: readonly string[]) =>
    invalid(`Invalid entity type '${shown(name)}'. Valid entity types are ${reprTuple(known)}`),

  /** @param known as they are listed */
  unknownKind: (name: string, known: string) =>
    invalid(`Invalid entity type '${shown(name)}'. Valid values are ${known}`),

  unknownAttribute: (key: string, known: readonly string[]) =>
    invalid(`Invalid attribute key '${shown(key)}' specified. Valid keys are '${reprSet(known)}'`),

  /** @param expected as `tag (e.g. 'my-value')` */
  notQuoted: (expected: string, found: string) =>
    invalid(`Expected a quoted string value for ${expected}. Got value ${shown(found)}`),

  /** @param expected as `metric` */
  notNumeric: (expected: string, found: string) =>
    invalid(`Expected numeric value type for ${expected}. Found ${shown(found)}`),

  onlyForNumbers: (known: readonly string[]) =>
    invalid(`Only the '${reprSet(known)}' attributes support comparison with numeric values.`),

  invalidNumber: (key: string, written: string) =>
    invalid(`Invalid value for numeric attribute '${shown(key)}': ${shown(written)}`),

  /** @param close MLflow leaves the closing quote out in places */
  comparatorNotOneOf: (operator: string, allowed: readonly string[], close: "'" | "" = "'") =>
    invalid(`Invalid comparator '${shown(operator)}' not one of '${reprSet(allowed)}${close}`),

  comparatorOfAttribute: (operator: string) => invalid(`Invalid comparator for attribute: ${shown(operator)}`),

  comparatorOfTag: (operator: string) => invalid(`Invalid comparator for tag: ${shown(operator)}`),

  comparatorOfList: (operator: string) =>
    invalid(`Invalid comparator '${shown(operator)}' for a list of values. Use 'IN' or 'NOT IN'.`),

  notOrdered: (kind: string) => invalid(`Invalid identifier type '${kind}'`),

  nulInFilter: () => invalid("Filter string must not contain NUL characters."),

  tokenNotParsed: (parsed: unknown) => invalid(`Invalid page token, parsed value=${shown(repr(parsed))}`),

  invalidToken: (token: string) => invalid(`Invalid page token: ${shown(token)}.`),
};
