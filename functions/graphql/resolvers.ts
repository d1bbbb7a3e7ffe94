import {
  type FieldNode,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { requestErrors } from "../../shared/mlflow/errors.ts";
import * as entities from "./entities.ts";
import { fieldsOf } from "./limits.ts";
import { Reading } from "./reading.ts";

export { Reading };

type Entity = entities.Entity;
type Resolver = GraphQLFieldResolver<Entity, Reading, { input?: unknown; inputString?: string }>;

const answer =
  (read: (input: unknown, source: entities.Source) => Promise<Entity>): Resolver =>
  (_source, { input }, reading, { fieldName }) =>
    reading.answer(fieldName, input, () => read(input ?? {}, reading));

const infoOf = (run: Entity) => run.info as { run_id: string; experiment_id: string };

// GraphQL has no NaN.
const metricValue: Resolver = ({ value }) => (value === "NaN" ? null : value);

const resolvers: Record<string, Resolver> = {
  "Query.mlflowGetExperiment": answer(entities.getExperiment),
  "Query.mlflowGetRun": answer(entities.getRun),
  "Query.mlflowSearchRuns": answer(entities.searchRuns),
  "Query.mlflowGetMetricHistoryBulkInterval": answer(entities.getMetricHistories),
  "Query.mlflowListArtifacts": answer(entities.listArtifacts),
  "Query.mlflowSearchModelVersions": answer(entities.searchModelVersions),
  "Query.test": (_, { inputString }) => {
    if (inputString === undefined) throw requestErrors.missingValue("inputString");
    return { output: inputString };
  },
  "Mutation.mlflowSearchRuns": answer(entities.searchRuns),
  "Mutation.mlflowSearchDatasets": answer(entities.searchDatasets),
  // Stock's has no resolver of that name.
  "Mutation.testMutation": () => null,
  "MlflowRunExtension.experiment": (run, _, reading) => reading.experiments.load(infoOf(run).experiment_id),
  "MlflowRunExtension.modelVersions": (run, _, reading) => reading.versions.load(infoOf(run).run_id),
  "MlflowMetricExtension.value": metricValue,
  "MlflowMetricWithRunId.value": metricValue,
  // These exist only on Databricks, so they are never set.
  "MlflowModelVersionDeploymentJobState.jobState": () => null,
  "MlflowModelVersionDeploymentJobState.runState": () => null,
};

/** Reads a member of a REST answer; what is not set is protobuf's default, as in MLflow. */
export const resolve: Resolver = (source, args, reading, info) => {
  // After a refusal no further field is resolved.
  if (reading.budget.refused) return null;
  const own = resolvers[`${info.parentType.name}.${info.fieldName}`];
  const found = own ? own(source, args, reading, info) : source[snakeCase(info.fieldName)];
  if (found instanceof Promise) return found.then((value) => counted(value, reading, info));
  return counted(own ? found : (found ?? unset(info.returnType)), reading, info);
};

function counted(value: unknown, { budget, fieldCounts }: Reading, info: GraphQLResolveInfo): unknown {
  if (Array.isArray(value)) budget.takeList(value.length, fieldCount(info, fieldCounts));
  else if (typeof value === "string") budget.takeText(value);
  return value;
}

/** How many fields a query asks of each item of a list. */
function fieldCount(
  { fieldNodes, fragments }: GraphQLResolveInfo,
  counts: WeakMap<readonly FieldNode[], number>,
): number {
  const known = counts.get(fieldNodes);
  if (known !== undefined) return known;
  const all = new Map(Object.entries(fragments));
  const count = fieldNodes.flatMap(({ selectionSet }) => (selectionSet ? fieldsOf(selectionSet, all) : [])).length;
  counts.set(fieldNodes, count);
  return count;
}

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function unset(type: GraphQLOutputType): unknown {
  if (isNonNullType(type)) return unset(type.ofType);
  if (isListType(type)) return [];
  if (isEnumType(type)) return type.getValues()[0]!.value;
  if (isObjectType(type)) return type.name === "ApiError" ? null : {};
  return type.name === "String" ? "" : 0;
}
