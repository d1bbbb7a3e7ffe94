/** Filters of metrics: one comparison each (SearchTraceMetricsUtils of mlflow/utils/search_utils.py). */

import { type Comparison, parseItems, refusals } from "../../mlflow/search/clauses.ts";
import { conditionsOf, whereOf } from "../../mlflow/search/compile.ts";
import { inColumn, inRows, nullsLast } from "../../mlflow/search/keys.ts";
import { maxComparisons } from "../../mlflow/search/limits.ts";
import type { Key, Specification } from "../../mlflow/search/specification.ts";
import * as values from "../../mlflow/search/values.ts";
import { type Sql, sql } from "../../platform/db/sql.ts";
import { invalid } from "../../platform/errors.ts";
import { linkedPromptsTag } from "../keys.ts";
import * as own from "../search-keys.ts";
import { metricErrors } from "./errors.ts";
import type { ViewType } from "./views.ts";

/** Conditions on `trace_info t`, and those on the view's own rows: `spans s` or `assessments a`. */
export interface MetricsFilter {
  ofTraces: Sql[];
  ofRows: Sql[];
}

/**
 * What these filters stand for, all of which have to hold.
 * @throws MlflowError INVALID_PARAMETER_VALUE, with MLflow's message
 */
export function metricsFilter(view: ViewType, filters: readonly string[]): MetricsFilter {
  if (filters.length > maxComparisons) throw metricErrors.tooMany("filters", maxComparisons);
  const found: MetricsFilter = { ofTraces: [], ofRows: [] };
  for (const filter of filters) {
    requireOneClause(filter);
    for (const condition of conditionsOf(specification(view), filter)) {
      (condition.kind === "trace" ? found.ofTraces : found.ofRows).push(whereOf(condition));
    }
  }
  return found;
}

const wording = refusals((clause) => clause);

/** Anything but a comparison is stray here, and so is what needs more than an operator between its two sides. */
function requireOneClause(filter: string): void {
  const items = parseItems(filter, wording);
  const stray = items.flatMap((item) => (item.type === "comparison" ? strayOf(item) : [item.text]));
  if (stray.length > 0) throw invalid(wording.stray(stray, filter));
  if (items.length !== 1) throw metricErrors.notOneClause(filter);
}

function strayOf({ left, operator, right }: Comparison): string[] {
  if (!/^(IS|IN|NOT\s+IN)\b/i.test(operator)) return [];
  const words = /^IS\s+NOT/i.test(operator) ? operator.split(/(?<=^IS)\s+/i) : operator.split(/\s+/);
  return [left.text, ...words, ...(right ? [right.text] : [])];
}

interface Entity {
  hasKey: boolean;
  where: (key: string) => Key["where"];
}

const ofColumn = (column: Sql): Entity => ({ hasKey: false, where: () => inColumn(column) });

/** What stands behind `trace.`, `span.` and `assessment.`. */
const entities: Readonly<Record<string, Readonly<Record<string, Entity>>>> = {
  trace: {
    status: ofColumn(sql`t.status`),
    tag: { hasKey: true, where: tagWhere },
    metadata: { hasKey: true, where: (key) => own.metadata(key).where },
  },
  span: { name: ofColumn(sql`s.name`), status: ofColumn(sql`s.status`), type: ofColumn(sql`s.type`) },
  assessment: { name: ofColumn(sql`a.name`), type: ofColumn(sql`a.assessment_type`) },
};

/** Prompts are no tag here. */
function tagWhere(key: string): Key["where"] {
  return key === linkedPromptsTag ? inRows(own.tagRows(key), sql`k.value`) : own.tag(key).where;
}

const specification = (view: ViewType): Specification => ({
  kinds: Object.keys(entities).map((kind) => ({ names: [kind], key: (name) => keyOf(view, kind, name) })),
  unknownKind: (name) => metricErrors.unknownView(name, Object.keys(entities)),
  split: (identifier) => {
    const dot = identifier.indexOf(".");
    if (dot < 0) throw metricErrors.notAnIdentifier(identifier);
    return [values.withoutBackticks(identifier.slice(0, dot)), identifier.slice(dot + 1)];
  },
  wording,
  order: { direction: nullsLast, ties: {} },
});

/** @param name as `status`, `tag.team` */
function keyOf(view: ViewType, kind: string, name: string): Key {
  const dot = name.indexOf(".");
  const entity = dot < 0 ? name : name.slice(0, dot);
  const known = entities[kind] ?? {};
  const found = Object.hasOwn(known, entity) ? known[entity] : undefined;
  if (!found) throw metricErrors.unknownEntity(entity, kind, Object.keys(known));
  if (found.hasKey && dot < 0) throw metricErrors.noKey(kind, entity);
  if (!found.hasKey && dot >= 0) throw metricErrors.withKey(kind, entity);
  return {
    read: (right, operator) => {
      if (operator !== "=") throw metricErrors.comparator(operator);
      if (!values.isText(right)) throw metricErrors.notQuoted(entity, right.text);
      const value = values.textOf(right);
      if (kind !== "trace" && view !== `${kind.toUpperCase()}S`) throw metricErrors.otherView(kind, view);
      return value;
    },
    operators: ["="],
    refused: metricErrors.comparator,
    where: found.where(values.keyOf(name.slice(dot + 1))),
  };
}
