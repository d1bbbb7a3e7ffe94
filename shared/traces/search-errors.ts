import { repr, reprSet } from "../mlflow/python-text.ts";
import { invalid, MlflowError } from "../platform/errors.ts";
import { shown } from "../platform/shown.ts";

/** What is refused about searches of traces, in MLflow's words. */
export const traceSearchErrors = {
  noList: (known: readonly string[]) =>
    invalid(`Only attributes in ${reprSet(known)} supports comparison with a list of quoted string values.`),

  notQuotedNorList: (found: string) =>
    invalid(
      `Expected a quoted string value or a list of quoted string values for attributes. Got value ${shown(found)}`,
    ),

  /** @param type as `feedback` */
  notNumeric: (type: string, operator: string, found: string) =>
    invalid(`Expected a numeric value for ${type} when using comparator '${operator}'. Got value ${shown(found)}`),

  /** @param key as `span.name` */
  comparatorOf: (key: string, operator: string, known: readonly string[]) =>
    invalid(`${shown(key)} comparator '${shown(operator)}' not one of '${reprSet(known)}'`),

  comparatorOfColumns: (operator: string, key: string) =>
    invalid(
      `Comparator '${operator}' is not supported for reserved metadata '${key}'. ` +
        "Only '=', '!=', 'IS NULL', and 'IS NOT NULL' are supported.",
    ),

  comparatorOfPrompts: (operator: string) =>
    invalid(
      `Invalid comparator '${operator}' for prompts filter. Only '=' is supported with format: prompt = "name/version"`,
    ),

  notAPrompt: (value: unknown) =>
    invalid(
      `Invalid prompts filter value '${shown(typeof value === "string" ? value : repr(value))}'. ` +
        'Expected format: prompt = "name/version"',
    ),

  /** @param supported as `id` */
  unknownKey: (kind: string, name: string, supported: string) =>
    invalid(`Invalid ${kind} attribute '${shown(name)}'. Supported attributes: ${supported}`),

  /** No client asks again by itself: the same search would take as long. */
  outOfTime: (cause: unknown) =>
    new MlflowError(
      "INVALID_PARAMETER_VALUE",
      "The search took longer than the database allows: it looks into the texts of one trace after the other until a page is " +
        "full. Give it fewer, by time (`timestamp > ...`), session, run or tag. The limit is " +
        "MLFLOW_FUNCTIONS_STATEMENT_TIMEOUT_SECONDS.",
      { cause },
    ),

  noSpanAttribute: () => invalid("Span attribute name cannot be empty after 'attributes.'"),

  noAssessmentName: () => invalid("Assessment field name cannot be empty"),

  orderOfColumns: (key: string) =>
    invalid(`Ordering by reserved metadata '${key}' is not supported because it is represented by multiple columns.`),

  notAnExperiment: (ids: readonly string[]) => {
    const written = ids.join(", ");
    const cut = written.length > 20 ? `${written.slice(0, 20)}...` : written;
    return invalid(`Locations must be a list of experiment IDs. Found invalid experiment IDs: ${shown(cut)}.`);
  },
};
