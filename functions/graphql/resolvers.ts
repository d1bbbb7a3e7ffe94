import {
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import type { Db } from "../../shared/db/database.ts";
import { type Entity, getExperiment, getMetricHistories, getRun, searchRuns, versionsOfRuns } from "./entities.ts";

/** What one query has read so far. */
export class Reading {
  readonly db: Db;
  private readonly experiments = new Map<string, Promise<Entity>>();
  private asked = new Set<string>();
  private versions: Promise<Entity[]> | undefined;

  constructor(db: Db) {
    this.db = db;
  }

  async experiment(id: string): Promise<unknown> {
    const found = this.experiments.get(id) ?? getExperiment({ experiment_id: id }, this.db);
    this.experiments.set(id, found);
    return (await found).experiment;
  }

  /** All runs of an answer that ask in the same turn share one statement. */
  async modelVersions(runId: string): Promise<Entity[]> {
    this.asked.add(runId);
    this.versions ??= new Promise((done) => setImmediate(done)).then(() => {
      const runIds = [...this.asked];
      this.asked = new Set();
      this.versions = undefined;
      return versionsOfRuns(runIds, this.db);
    });
    return (await this.versions).filter((version) => version.run_id === runId);
  }
}

type Resolver = GraphQLFieldResolver<Entity, Reading, { input?: unknown }>;

const answer =
  (read: (input: unknown, db: Db) => Promise<Entity>): Resolver =>
  (_source, { input }, { db }) =>
    read(input ?? {}, db);

const infoOf = (run: Entity) => run.info as { run_id: string; experiment_id: string };

const resolvers: Record<string, Resolver> = {
  "Query.mlflowGetExperiment": answer(getExperiment),
  "Query.mlflowGetRun": answer(getRun),
  "Query.mlflowSearchRuns": answer(searchRuns),
  "Query.mlflowGetMetricHistoryBulkInterval": answer(getMetricHistories),
  "MlflowRunExtension.experiment": (run, _, reading) => reading.experiment(infoOf(run).experiment_id),
  "MlflowRunExtension.modelVersions": (run, _, reading) => reading.modelVersions(infoOf(run).run_id),
  // GraphQL has no NaN.
  "MlflowMetricExtension.value": ({ value }) => (value === "NaN" ? null : value),
  "MlflowMetricWithRunId.value": ({ value }) => (value === "NaN" ? null : value),
};

/** Reads a member of a REST answer; what is not set is protobuf's default, as in MLflow. */
export const resolve: Resolver = (source, args, reading, info) => {
  const own = resolvers[`${info.parentType.name}.${info.fieldName}`];
  if (own) return own(source, args, reading, info);
  return source[snakeCase(info.fieldName)] ?? unset(info.returnType);
};

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function unset(type: GraphQLOutputType): unknown {
  if (isNonNullType(type)) return unset(type.ofType);
  if (isListType(type)) return [];
  if (isEnumType(type)) return type.getValues()[0]!.value;
  if (isObjectType(type)) return type.name === "ApiError" ? null : {};
  return type.name === "String" ? "" : 0;
}
