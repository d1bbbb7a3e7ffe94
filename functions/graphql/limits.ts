import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
} from "graphql";
import type { Config } from "../../shared/platform/config.ts";

const maxDepth = 10;
const maxSelections = 1000;

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/**
 * Refuses queries that ask for too much at once (mlflow/server/graphql/graphql_no_batching.py).
 * @throws GraphQLError
 */
export function checkLimits(document: DocumentNode, settings: Config): void {
  const { MLFLOW_SERVER_GRAPHQL_MAX_ROOT_FIELDS: maxRoots, MLFLOW_SERVER_GRAPHQL_MAX_ALIASES: maxAliases } = settings;
  const fragments = new Map(
    document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  );
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  let level = operations.map(({ selectionSet }) => fieldsOf(selectionSet, fragments));
  refuseOver(maxRoots, level.flat().length, "root fields", "MLFLOW_SERVER_GRAPHQL_MAX_ROOT_FIELDS");
  for (let depth = 1, selections = 0; level.length > 0; depth++) {
    if (depth > maxDepth) throw new GraphQLError(`Query exceeds maximum depth of ${maxDepth}`);
    for (const fields of level)
      refuseOver(
        maxAliases,
        fields.filter(({ alias }) => alias).length,
        "aliases",
        "MLFLOW_SERVER_GRAPHQL_MAX_ALIASES",
      );
    const fields = level.flat();
    selections += fields.length;
    if (selections > maxSelections)
      throw new GraphQLError(`Query exceeds maximum total selections of ${maxSelections}`);
    level = fields.flatMap(({ selectionSet }) => (selectionSet ? [fieldsOf(selectionSet, fragments)] : []));
  }
}

/** The fields of one level, those of its fragments among them. */
export function fieldsOf(set: SelectionSetNode, fragments: Fragments): FieldNode[] {
  const seen = new Set<string>();
  const fields: FieldNode[] = [];
  const waiting = [...set.selections];
  for (let node = waiting.shift(); node; node = waiting.shift()) {
    if (node.kind === Kind.FIELD) fields.push(node);
    else if (node.kind === Kind.INLINE_FRAGMENT) waiting.push(...node.selectionSet.selections);
    else if (!seen.has(node.name.value)) {
      seen.add(node.name.value);
      waiting.push(...(fragments.get(node.name.value)?.selectionSet.selections ?? []));
    }
  }
  return fields;
}

function refuseOver(limit: number, found: number, what: string, setting: string): void {
  if (found <= limit) return;
  throw new GraphQLError(
    `GraphQL queries should have at most ${limit} ${what}, got ${found} ${what}. ` +
      `To increase the limit, set the ${setting} environment variable.`,
  );
}
