import type { Recorded } from "../request.ts";
import { artifacts } from "./artifacts.ts";
import { batches } from "./batch.ts";
import { experimentSearch } from "./experiment-search.ts";
import { experiments } from "./experiments.ts";
import { graphql } from "./graphql.ts";
import { inputs } from "./inputs.ts";
import { loggedModelSearch } from "./logged-model-search.ts";
import { loggedModels } from "./logged-models.ts";
import { metrics } from "./metrics.ts";
import { modelVersionSearch } from "./model-version-search.ts";
import { modelVersions } from "./model-versions.ts";
import { params } from "./params.ts";
import { proxiedArtifacts } from "./proxied-artifacts.ts";
import { registeredModels } from "./registered-models.ts";
import { routes } from "./routes.ts";
import { runSearch } from "./run-search.ts";
import { runs } from "./runs.ts";
import { traceAssessments } from "./trace-assessments.ts";
import { traceChanges } from "./trace-changes.ts";
import { traceMetrics } from "./trace-metrics.ts";
import { traceSearch } from "./trace-search.ts";
import { traceSpans } from "./trace-spans.ts";
import { traces } from "./traces.ts";

/** Every group's requests, in the order they are sent. Groups share the servers, not the saved values. */
export const groups: Record<string, readonly Recorded[]> = {
  experiments,
  "experiment-search": experimentSearch,
  runs,
  params,
  metrics,
  batch: batches,
  "run-search": runSearch,
  inputs,
  "logged-models": loggedModels,
  "logged-model-search": loggedModelSearch,
  "registered-models": registeredModels,
  "model-versions": modelVersions,
  "model-version-search": modelVersionSearch,
  // Before the runs' artifacts, whose folders are named by ids.
  "mlflow-artifacts": proxiedArtifacts,
  artifacts,
  traces,
  "trace-changes": traceChanges,
  "trace-assessments": traceAssessments,
  "trace-spans": traceSpans,
  "trace-search": traceSearch,
  "trace-metrics": traceMetrics,
  graphql,
  routes,
};
