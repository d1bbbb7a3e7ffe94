/** `npm run ui`: puts MLflow's page in place. */
import { parseArgs } from "node:util";
import { showProgress } from "./progress.ts";
import { Refusal } from "./refusal.ts";
import { withoutSecrets } from "./shown.ts";
import { installUi, pinned } from "./ui.ts";

const help = `Puts MLflow's own web page beside the app: npm run ui -- [options]

  --version <version>  of MLflow (default ${pinned.version}, whose API the app serves)
  --wheel <file>       take it from this wheel of mlflow
  --python <path>      ask this Python for an installed mlflow, and its pip to download one
                       (default: the active environment's, python3 and python)
  --help               this text`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      version: { type: "string", default: pinned.version },
      wheel: { type: "string" },
      python: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(help);
  const progress = showProgress();
  const source = await installUi({ ...values, onProgress: progress.show }).finally(progress.end);
  console.log(`MLflow's page is in place: ${source}.`);
}

main().catch((error: Error) => {
  console.error(
    withoutSecrets(
      error instanceof Refusal ? `MLflow's page could not be put in place: ${error.message}.` : error.message,
    ),
  );
  process.exit(1);
});
