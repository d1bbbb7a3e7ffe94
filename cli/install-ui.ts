/** `npm run ui`: puts MLflow's page in place. */
import { print, run } from "../shared/tools/command.ts";
import { showProgress } from "../shared/tools/progress.ts";
import { Refusal } from "../shared/tools/refusal.ts";
import { installUi, pinned } from "../shared/tools/ui.ts";

const command = {
  call: "npm run ui",
  does: "Puts MLflow's own web page beside the app",
  options: {
    version: {
      type: "string",
      default: pinned.version,
      value: "<version>",
      help: `of MLflow (default ${pinned.version}, whose API the app serves)`,
    },
    wheel: { type: "string", value: "<file>", help: "take it from this wheel of mlflow" },
    python: {
      type: "string",
      value: "<path>",
      help: "ask this Python for an installed mlflow, and its pip to download one\n(default: the active environment's, python3 and python)",
    },
  },
} as const;

run(command, async (values) => {
  const progress = showProgress();
  const source = await installUi({ ...values, onProgress: progress.show })
    .finally(progress.end)
    .catch((error: Error) => {
      if (!(error instanceof Refusal)) throw error;
      throw new Refusal(`MLflow's page could not be put in place: ${error.message}.`);
    });
  print(`MLflow's page is in place: ${source}.`);
});
