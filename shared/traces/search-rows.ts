/** What a filter of traces compares in their spans (`spans s`) and assessments (`assessments a`). */
import { dumps } from "../assessments/values.ts";
import { isOneOf } from "../mlflow/json-sql.ts";
import type { Operand } from "../mlflow/search/clauses.ts";
import { searchErrors } from "../mlflow/search/errors.ts";
import { exists } from "../mlflow/search/exists.ts";
import { inColumn, quoted, quotedOrList } from "../mlflow/search/keys.ts";
import type { Key } from "../mlflow/search/specification.ts";
import * as values from "../mlflow/search/values.ts";
import { type Sql, sql } from "../platform/db/sql.ts";
import { sessionKey } from "./keys.ts";
import { traceSearchErrors } from "./search-errors.ts";
import { rowOperators, textOperators } from "./search-keys.ts";

const spanColumns: Readonly<Record<string, Sql>> = { name: sql`s.name`, status: sql`s.status`, type: sql`s.type` };

/** A span's column, its content, or an attribute, which is looked for in the content's text. */
export function span(name: string): Key {
  const column = Object.hasOwn(spanColumns, name) ? spanColumns[name] : undefined;
  if (column) return spanKey(name, textOperators, inColumn(column));
  if (name === "content") return spanKey(name, ["LIKE", "ILIKE"], inColumn(sql`s.content`));
  if (name.startsWith("attributes.")) return spanAttribute(name);
  const supported = "name, status, type, attributes.<attribute_name>.";
  const refused = () => traceSearchErrors.unknownKey("span", name, supported);
  return { ...spanKey(name, [], () => sql`FALSE`), refused };
}

const spanKey = (name: string, operators: readonly string[], where: Key["where"]): Key => ({
  row: "span",
  read: quotedOrList("span (e.g. 'my-value')", values.listOf),
  operators,
  refused: (operator) => traceSearchErrors.comparatorOf(`span.${name}`, operator, operators),
  where,
});

/**
 * The content has an attribute as `"<name>": "<JSON text of its value, escaped>"`. As MLflow, this looks for the name
 * with the pattern right behind it: `=` finds nothing, and a LIKE pattern has to begin with `%`.
 */
function spanAttribute(name: string): Key {
  const attribute = values.withoutBackticks(name.slice("attributes.".length));
  if (attribute === "") return { ...spanKey(name, [], () => sql`FALSE`), refused: traceSearchErrors.noSpanAttribute };
  return spanKey(name, textOperators, (operator, value) => {
    if (typeof value !== "string") throw searchErrors.comparatorOfList(operator);
    const pattern = operator === "RLIKE" ? expression(attribute, value) : `%"${attribute}"${value}%`;
    return values.compare(sql`s.content`, operator, pattern);
  });
}

/** `^` and `$` stand for the ends of the value. */
function expression(attribute: string, value: string): string {
  const begin = value.startsWith("^") ? '"\\\\"' : '"\\\\".*';
  const end = value.endsWith("$") ? '\\\\"' : "";
  return `"${attribute}": ${begin}${value.replace(/^\^/, "").replace(/\$$/, "")}${end}`;
}

/** An issue is found by the assessments that refer to it. */
export function issue(name: string): Key {
  const rows = sql`SELECT FROM assessments a WHERE a.trace_id = t.request_id AND a.assessment_type = 'issue'`;
  const isId = name === "id";
  return {
    read: quoted("issue (e.g. 'my-value')"),
    operators: isId ? ["="] : [],
    refused: (operator) =>
      isId
        ? traceSearchErrors.comparatorOf("issue.id", operator, ["="])
        : traceSearchErrors.unknownKey("issue", name, "id"),
    where: (operator, value) => exists(sql`${rows} AND ${values.compare(sql`a.name`, operator, value)}`),
  };
}

const numericOperators = [">", ">=", "<", "<="];
const assessmentOperators = [...rowOperators, ...numericOperators];

/**
 * A valid feedback or expectation. One that was given to a session, as its metadata says, counts for each of the
 * session's traces in the experiments that are searched.
 */
export function assessment(type: "feedback" | "expectation", name: string, experimentIds: readonly string[]): Key {
  const refused = (operator: string) =>
    traceSearchErrors.comparatorOf(`assessment.${name}`, operator, assessmentOperators);
  const read = (right: Operand, operator: string) => assessmentValue(type, right, operator);
  if (name === "") return { read, operators: [], refused: traceSearchErrors.noAssessmentName, where: () => sql`FALSE` };
  const own = sql`a.assessment_type = ${type} AND a.name = ${name} AND a.valid`;
  const where = (operator: string, value: values.Value) => {
    if (operator === "IS NULL") return sql`NOT ${found(own, experimentIds)}`;
    if (operator === "IS NOT NULL") return found(own, experimentIds);
    return found(sql`${own} AND ${valueMatches(operator, value)}`, experimentIds);
  };
  return { read, operators: assessmentOperators, refused, where };
}

function found(matches: Sql, experimentIds: readonly string[]): Sql {
  const direct = sql`SELECT FROM assessments a WHERE a.trace_id = t.request_id AND ${matches}`;
  const ofSession = sql`SELECT FROM trace_info o JOIN assessments a ON a.trace_id = o.request_id
    WHERE ${isOneOf(sql`o.experiment_id`, experimentIds, sql`int`)} AND o.session_id = t.session_id AND ${matches}
      AND a.assessment_metadata LIKE ${`%"${sessionKey}":%`}`;
  return sql`(${exists(direct)} OR ${exists(ofSession)})`;
}

/** Only < and the like take numbers, and no texts. */
function assessmentValue(type: string, right: Operand, operator: string): values.Value {
  const isNumeric = numericOperators.includes(operator);
  if (isNumeric) {
    if (!values.isNumber(right)) throw traceSearchErrors.notNumeric(type, operator, right.text);
    return Number(values.numberOf(right));
  }
  if (!values.isText(right)) throw searchErrors.notQuoted(`${type} (e.g. 'my-value')`, right.text);
  return values.textOf(right);
}

/** Values are JSON text: equality also takes a text's own, patterns see the JSON. */
function valueMatches(operator: string, value: values.Value): Sql {
  if (typeof value === "number")
    return sql`a.is_numeric_value AND ${values.compareDouble(sql`a.aggregate_value`, operator, value)}`;
  if (operator !== "=" && operator !== "!=") return values.compare(sql`a.value`, operator, value);
  const either = [String(value), dumps(value)];
  return operator === "=" ? sql`a.value = ANY(${either}::text[])` : sql`a.value <> ALL(${either}::text[])`;
}
