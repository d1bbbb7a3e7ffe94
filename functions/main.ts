import { app } from "@azure/functions";
import { settingsProblem } from "../shared/config.ts";
import { surviveFaults } from "../shared/faults.ts";
import { mendInvocations } from "../shared/http/invocation-model.ts";
import artifacts from "./artifacts/index.ts";
import "./clean-up/index.ts";
import experiments from "./experiments/index.ts";
import getArtifact from "./get-artifact/index.ts";
import graphql from "./graphql/index.ts";
import loggedModels from "./logged-models/index.ts";
import metrics from "./metrics/index.ts";
import mlflowArtifacts from "./mlflow-artifacts/index.ts";
import modelVersions from "./model-versions/index.ts";
import modelVersionsGetArtifact from "./model-versions-get-artifact/index.ts";
import registeredModels from "./registered-models/index.ts";
import runs from "./runs/index.ts";
import server from "./server/index.ts";
import ui from "./ui/index.ts";
import uploadArtifact from "./upload-artifact/index.ts";

export { listensOn } from "../shared/http/listening.ts";

/** Every group; importing them registers their functions. */
export const groups = [
  experiments,
  runs,
  metrics,
  loggedModels,
  registeredModels,
  modelVersions,
  artifacts,
  mlflowArtifacts,
  getArtifact,
  modelVersionsGetArtifact,
  uploadArtifact,
  graphql,
  ui,
  server,
];

surviveFaults();
mendInvocations();

// Wrong settings are in the log from the start; each request answers 500.
app.hook.appStart(() => {
  const problem = settingsProblem();
  if (problem !== undefined) console.error(problem);
});
