/** `npm run ui`: puts MLflow's page in place. */
import { parseArgs } from "node:util";
import { Refusal } from "./refusal.ts";
import { defaultVersion, installUi } from "./ui.ts";

const help = `Puts MLflow's own web page beside the app: npm run ui -- [options]

  --version <version>  of MLflow (default ${defaultVersion}, whose API the app serves)
  --wheel <file>       take it from this wheel of mlflow
  --python <path>      ask this Python for an installed mlflow, and its pip to download one
                       (default: the active environment's, else python3, else python)
  --help               this text`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      version: { type: "string", default: defaultVersion },
      wheel: { type: "string" },
      python: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(help);
  const source = await installUi({ ...values, download: true });
  console.log(`MLflow's page is in place: ${source}.`);
}

main().catch((error: Error) => {
  console.error(
    error instanceof Refusal ? `MLflow's page could not be put in place: ${error.message}.` : error.message,
  );
  process.exit(1);
});
